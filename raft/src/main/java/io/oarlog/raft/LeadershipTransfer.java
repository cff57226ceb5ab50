package io.oarlog.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.util.TimeDuration;

/** Asks a group's leader, wherever it is, to make another replica the leader. Immutable. */
final class LeadershipTransfer {
    private static final int ATTEMPTS = 20;
    private static final TimeDuration RETRY_SLEEP = TimeDuration.valueOf(100, TimeUnit.MILLISECONDS);

    private final RaftGroup group;

    LeadershipTransfer(RaftGroup group) {
        this.group = group;
    }

    /**
     * Returns when the replica leads. Waits on the caller's thread.
     *
     * @param limit of the wait for the election
     * @throws IOException when it does not lead by then, or there is no leader to ask; says why
     */
    void to(RaftPeerId newLeader, Duration limit) throws IOException {
        try (RaftClient client = RaftClient.newBuilder()
                .setRaftGroup(group)
                .setProperties(new RaftProperties())
                .setRetryPolicy(RetryPolicies.retryUpToMaximumCountWithFixedSleep(ATTEMPTS, RETRY_SLEEP))
                .build()) {
            RaftClientReply reply = client.admin().transferLeadership(newLeader, limit.toMillis());
            if (!reply.isSuccess()) {
                throw new IOException("leadership did not go to node " + newLeader, reply.getException());
            }
        }
    }
}
