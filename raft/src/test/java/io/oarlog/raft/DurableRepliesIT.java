package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CountingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a leader may count on when it sends entries again, as it does after a broken connection. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DurableRepliesIT {
    /** A wrong answer comes at once. */
    private static final Duration LONG = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    @Test
    void shouldAnswerEntriesThatWereSentBeforeWhenTheyAreOnDisk() throws Exception {
        GatedDisk[] disks = {segmentsGated(), segmentsGated(), segmentsGated()};
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> disks[node - 1], LogSettings.defaults())) {
            // given: a follower in the midst of its fsync
            PartitionId id = nodes.create("orders");
            int leader = nodes.awaitLeader(id);
            int follower = leader == 1 ? 2 : 1;
            append(nodes.log(leader, id));
            nodes.awaitHighWatermark(follower, id, 1);
            GatedDisk disk = disks[follower - 1];
            disk.close();
            append(nodes.log(leader, id));
            await().atMost(ThreeNodes.LIMIT).until(disk::isWaited);
            TermIndex last = lastEntry(nodes, leader, id);

            // when
            ManagedChannel channel = ManagedChannelBuilder.forAddress(
                            "127.0.0.1", nodes.address(follower).port())
                    .usePlaintext()
                    .build();
            try {
                CompletableFuture<AppendEntriesReplyProto> reply = send(channel, request(id, leader, follower, last));

                // then
                await().during(LONG).atMost(ThreeNodes.LIMIT).until(() -> !reply.isDone());
                disk.open();
                assertThat(reply.get(60, TimeUnit.SECONDS).getResult()).isEqualTo(AppendResult.SUCCESS);
            } finally {
                disk.open();
                channel.shutdownNow();
            }
        }
    }

    private static GatedDisk segmentsGated() {
        return new GatedDisk(CountingDisk::isSegment);
    }

    private static void append(ReplicatedLog log) throws Exception {
        ByteBuffer batch = TestAppends.batch("value");
        assertThat(log.append(batch, TestAppends.headers(batch)).get(60, TimeUnit.SECONDS))
                .isInstanceOf(AppendOutcome.Appended.class);
    }

    /** The leader has flushed it before it was acknowledged. */
    private static TermIndex lastEntry(ThreeNodes nodes, int leader, PartitionId id) throws IOException {
        Path group = RaftNode.groupsDirectory(nodes.dataDirectory(leader))
                .resolve(GroupIds.of(id).getUuid().toString());
        List<RaftLogScan.Found> entries =
                RaftLogScan.read(group, RaftSettings.defaults().maxEntryBytes()).entries();
        RaftLogScan.Found last = entries.get(entries.size() - 1);
        return TermIndex.valueOf(last.term(), last.index());
    }

    /** Of an entry the follower has already it looks at term and index only. */
    private static AppendEntriesRequestProto request(PartitionId id, int leader, int follower, TermIndex entry) {
        return AppendEntriesRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(peer(leader))
                        .setReplyId(peer(follower))
                        .setRaftGroupId(RaftGroupIdProto.newBuilder()
                                .setId(GroupIds.of(id).toByteString()))
                        .setCallId(1))
                .setLeaderTerm(entry.getTerm())
                .setPreviousLog(
                        TermIndex.valueOf(entry.getTerm(), entry.getIndex() - 1).toProto())
                .addEntries(LogEntryProto.newBuilder().setTerm(entry.getTerm()).setIndex(entry.getIndex()))
                .build();
    }

    private static ByteString peer(int node) {
        return RaftPeerId.valueOf(Integer.toString(node)).toByteString();
    }

    private static CompletableFuture<AppendEntriesReplyProto> send(
            ManagedChannel channel, AppendEntriesRequestProto request) {
        CompletableFuture<AppendEntriesReplyProto> reply = new CompletableFuture<>();
        StreamObserver<AppendEntriesRequestProto> requests = RaftServerProtocolServiceGrpc.newStub(channel)
                .appendEntries(new StreamObserver<>() {
                    @Override
                    public void onNext(AppendEntriesReplyProto answer) {
                        reply.complete(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        reply.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        reply.completeExceptionally(new IOException("no answer"));
                    }
                });
        requests.onNext(request);
        return reply;
    }
}
