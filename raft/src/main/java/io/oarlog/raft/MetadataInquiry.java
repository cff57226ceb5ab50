package io.oarlog.raft;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.proto.RaftProtos.LogInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.util.ProtoUtils;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/** Asks other nodes, by their addresses, what they have of the metadata group. Waits for the answers. Immutable. */
final class MetadataInquiry {
    private static final TimeDuration LIMIT = TimeDuration.valueOf(1, TimeUnit.SECONDS);

    private MetadataInquiry() {}

    /** What a node said. */
    sealed interface Answer {
        /** Nothing; it may be down. */
        record Silent() implements Answer {}

        /** That it has no such group. */
        record Empty() implements Answer {}

        /**
         * What it knows of the group.
         *
         * @param members none when it does not know any yet
         * @param leader one of the members; none when it knows none
         * @param leads whether it is that one itself
         * @param hasEntries whether anything was ever written to the group, as far as this node has it
         */
        record Member(List<RaftPeer> members, Optional<RaftPeer> leader, boolean leads, boolean hasEntries)
                implements Answer {
            /** Whether this is a cluster that serves. */
            boolean isLed() {
                return hasEntries && leader.isPresent();
            }
        }
    }

    /**
     * Asks all of them at once.
     *
     * @param pool for calls that wait
     */
    static List<Answer> ask(Collection<RaftPeer> nodes, Executor pool) {
        List<CompletableFuture<Answer>> answers = nodes.stream()
                .map(node -> CompletableFuture.supplyAsync(() -> ask(node), pool))
                .toList();
        return answers.stream().map(CompletableFuture::join).toList();
    }

    private static Answer ask(RaftPeer node) {
        try (RaftClient client = client(List.of(node), null)) {
            return answer(client.getGroupManagementApi(node.getId()).info(GroupIds.METADATA));
        } catch (StatusRuntimeException e) {
            return silence(GrpcUtil.unwrapException(e));
        } catch (IOException e) {
            return silence(e);
        }
    }

    private static Answer silence(IOException failure) {
        return failure instanceof GroupMismatchException ? new Answer.Empty() : new Answer.Silent();
    }

    /**
     * A client that tries each request once.
     *
     * @param leader where it asks what only a leader can do
     */
    static RaftClient client(Collection<RaftPeer> members, @Nullable RaftPeerId leader) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, LIMIT);
        return RaftClient.newBuilder()
                .setRaftGroup(RaftGroup.valueOf(GroupIds.METADATA, members))
                .setLeaderId(leader)
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.noRetry())
                .build();
    }

    private static Answer answer(GroupInfoReply reply) {
        List<RaftPeer> members = reply.getConf()
                .map(conf -> ProtoUtils.toRaftPeers(conf.getPeersList()))
                .orElse(List.of());
        LogInfoProto log = reply.getLogInfoProto();
        return new Answer.Member(
                members,
                leader(reply.getRoleInfoProto())
                        .flatMap(leader -> members.stream()
                                .filter(member -> member.getId().equals(leader))
                                .findFirst()),
                reply.getRoleInfoProto().getRole() == RaftPeerRole.LEADER,
                log.hasLastEntry() || log.hasLastSnapshot());
    }

    private static Optional<RaftPeerId> leader(RoleInfoProto role) {
        if (role.getRole() == RaftPeerRole.LEADER) {
            return Optional.of(RaftPeerId.valueOf(role.getSelf().getId()));
        }
        return Optional.of(role.getFollowerInfo().getLeaderInfo().getId().getId())
                .filter(id -> !id.isEmpty())
                .map(RaftPeerId::valueOf);
    }
}
