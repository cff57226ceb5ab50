package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannelBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Terms and votes outlive what Ratis's own file of them does not: a full disk, and a power cut before its name is durable. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ElectionStateIT {
    /** Several elections. */
    private static final Duration LONG = Duration.ofSeconds(3);

    @TempDir
    Path directory;

    private final GatedDisk gated = new GatedDisk(path -> path.endsWith(ElectionStateFile.NAME));

    @Test
    void shouldComeBackWhereAFullDiskEmptiedRatisFile() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
            append(nodes, id);
            nodes.awaitHighWatermark(follower, id, 1);
            nodes.stop(follower);
            ElectionState before =
                    metaFile(nodes, follower, GroupIds.of(id)).read().orElseThrow();
            for (RaftGroupId group : new RaftGroupId[] {GroupIds.of(id), GroupIds.METADATA}) {
                Files.write(metaFile(nodes, follower, group).path(), new byte[0]);
            }

            // when
            nodes.start(follower);
            append(nodes, id);

            // then
            nodes.awaitHighWatermark(follower, id, 2);
            nodes.stop(follower);
            assertThat(metaFile(nodes, follower, GroupIds.of(id))
                            .read()
                            .orElseThrow()
                            .covers(before))
                    .isTrue();
        }
    }

    @Test
    void shouldNotForgetAVoteWhenAPowerCutBringsAnOlderFileBack() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
            append(nodes, id);
            nodes.awaitHighWatermark(follower, id, 1);
            nodes.stop(follower);
            RaftMetaFile file = metaFile(nodes, follower, GroupIds.of(id));
            ElectionState before = file.read().orElseThrow();
            file.write(new ElectionState(before.term() - 1, ElectionState.NOBODY));

            // when
            nodes.start(follower);
            append(nodes, id);
            nodes.awaitHighWatermark(follower, id, 2);
            nodes.stop(follower);

            // then
            assertThat(file.read().orElseThrow().covers(before)).isTrue();
        }
    }

    @Test
    void shouldNotServeAReplicaThatHasForgottenItsVote() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
            append(nodes, id);
            nodes.awaitHighWatermark(follower, id, 1);
            nodes.stop(follower);
            Files.write(metaFile(nodes, follower, GroupIds.of(id)).path(), new byte[0]);
            Files.delete(groupDirectory(nodes, follower, GroupIds.of(id)).resolve(ElectionStateFile.NAME));

            // when
            nodes.start(follower);

            // then
            assertThat(nodes.node(follower).partition(id.topicId(), 0)).isEmpty();
            CompletableFuture<Void> created = nodes.node(follower).createPartition(id, ThreeNodes.ALL);
            assertThatThrownBy(() -> created.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("it may have voted, and must not vote again");
        }
    }

    @Test
    void shouldStandAgainAfterATermThatCouldNotBeWritten() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given: what Ratis writes to before it puts it in its file's place is no file
            PartitionId id = nodes.create("orders");
            append(nodes, id);
            int leader = nodes.awaitLeader(id);
            List<Path> obstacles = ThreeNodes.ALL.stream()
                    .filter(node -> node != leader)
                    .map(node -> metaFile(nodes, node, GroupIds.of(id)).path().resolveSibling("raft-meta.tmp"))
                    .toList();
            for (Path obstacle : obstacles) {
                Files.createDirectory(obstacle);
            }
            nodes.stop(leader);
            await().during(LONG)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.running().stream()
                            .noneMatch(node -> node.partition(id.topicId(), 0)
                                    .map(log -> log.leader().isLocal())
                                    .orElse(false)));

            // when
            for (Path obstacle : obstacles) {
                Files.deleteIfExists(obstacle);
            }

            // then
            append(nodes, id);
        }
    }

    @Test
    void shouldGiveNoVoteThatIsNotOnDisk() throws Exception {
        try (ThreeNodes nodes = gatedAt(2)) {
            // given: no leader, whom it would rather believe
            awaitMetadataLeader(nodes);
            nodes.stop(1);
            nodes.stop(3);
            ManagedChannel channel = ManagedChannelBuilder.forAddress(
                            "127.0.0.1", nodes.address(2).port())
                    .usePlaintext()
                    .build();

            // when
            gated.close();
            try {
                Future<RequestVoteReplyProto> reply =
                        RaftServerProtocolServiceGrpc.newFutureStub(channel).requestVote(voteFor(3));

                // then
                await().during(LONG).atMost(ThreeNodes.LIMIT).until(() -> !reply.isDone());
                assertThat(gated.isWaited()).isTrue();
                gated.open();
                assertThat(reply.get(60, TimeUnit.SECONDS).getServerReply().getSuccess())
                        .isTrue();
            } finally {
                gated.open();
                channel.shutdownNow();
            }
        }
    }

    private static RequestVoteRequestProto voteFor(int candidate) {
        return RequestVoteRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(peer(candidate))
                        .setReplyId(peer(2))
                        .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(GroupIds.METADATA.toByteString()))
                        .setCallId(1))
                .setCandidateTerm(1_000)
                .setCandidateLastEntry(TermIndex.valueOf(999, 1_000_000).toProto())
                .build();
    }

    private static ByteString peer(int node) {
        return RaftPeerId.valueOf(Integer.toString(node)).toByteString();
    }

    @Test
    void shouldAskForNoVoteBeforeItsOwnIsOnDisk() throws Exception {
        try (ThreeNodes nodes = gatedAt(2)) {
            // given
            int leader = awaitMetadataLeaderOtherThan(nodes, 2);

            // when
            gated.close();
            try {
                nodes.stop(leader);

                // then: the other one that is left does not get its vote either
                await().during(LONG)
                        .atMost(ThreeNodes.LIMIT)
                        .failFast(
                                "elected with a vote that is not on disk",
                                () -> metadataLeader(nodes).isPresent())
                        .until(() -> true);
                assertThat(gated.isWaited()).isTrue();
            } finally {
                gated.open();
            }
            awaitMetadataLeader(nodes);
        }
    }

    private ThreeNodes gatedAt(int gatedNode) throws IOException {
        return new ThreeNodes(directory, node -> node == gatedNode ? gated : Disk.system(), LogSettings.defaults());
    }

    private static int awaitMetadataLeaderOtherThan(ThreeNodes nodes, int unwanted) throws IOException {
        while (awaitMetadataLeader(nodes) == unwanted) {
            nodes.stop(unwanted);
            awaitMetadataLeader(nodes);
            nodes.start(unwanted);
        }
        return awaitMetadataLeader(nodes);
    }

    private static int awaitMetadataLeader(ThreeNodes nodes) {
        return await().atMost(ThreeNodes.LIMIT)
                .until(() -> metadataLeader(nodes), Optional::isPresent)
                .orElseThrow();
    }

    /** A running node that takes itself for the leader, ready or not. */
    private static Optional<Integer> metadataLeader(ThreeNodes nodes) {
        return ThreeNodes.ALL.stream()
                .filter(node -> nodes.isRunning(node)
                        && nodes.node(node).metadataLeader().equals(OptionalInt.of(node)))
                .findFirst();
    }

    private static Path groupDirectory(ThreeNodes nodes, int node, RaftGroupId group) {
        return RaftNode.groupsDirectory(nodes.dataDirectory(node))
                .resolve(group.getUuid().toString());
    }

    private static RaftMetaFile metaFile(ThreeNodes nodes, int node, RaftGroupId group) {
        return RaftMetaFile.of(Disk.system(), groupDirectory(nodes, node, group));
    }

    private static void append(ThreeNodes nodes, PartitionId id) {
        ByteBuffer batch = TestAppends.batch("value");
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.log(nodes.awaitLeader(id), id)
                                .append(batch, TestAppends.headers(batch))
                                .get(60, TimeUnit.SECONDS)
                        instanceof AppendOutcome.Appended);
    }
}
