package io.oarlog.raft;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a division of this process that leads to hand over. Takes no entries until it has, or its limit is over. Stateless. */
final class LeaderTransfer {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderTransfer.class);

    private LeaderTransfer() {}

    /**
     * Sends the request; does not wait.
     *
     * <p>Ratis 3.3.0 does not forget a transfer that failed at its very beginning: the division would refuse all entries for as long as it
     * leads. So then it steps down.
     *
     * @return as the division answers
     */
    static CompletableFuture<RaftClientReply> send(RaftServer server, TransferLeadershipRequest request)
            throws IOException {
        return server.transferLeadershipAsync(request).thenApply(reply -> {
            if (isStuck(reply)) {
                stepDown(server, request);
            }
            return reply;
        });
    }

    /** By the results of its {@code TransferLeadership} that are there before a limit is set. */
    private static boolean isStuck(RaftClientReply reply) {
        String failure = reply.isSuccess() || reply.getException() == null
                ? ""
                : String.valueOf(reply.getException().getMessage());
        return failure.contains("NULL_FOLLOWER")
                || failure.contains("NULL_LOG_APPENDER")
                || failure.contains("COMPLETED_EXCEPTIONALLY");
    }

    private static void stepDown(RaftServer server, TransferLeadershipRequest failed) {
        LOG.atWarn()
                .addKeyValue("group", failed.getRaftGroupId().getUuid())
                .log("a transfer of leadership failed as it began; the leader steps down");
        try {
            var unused = server.transferLeadershipAsync(new TransferLeadershipRequest(
                            failed.getClientId(),
                            failed.getServerId(),
                            failed.getRaftGroupId(),
                            failed.getCallId(),
                            null,
                            failed.getTimeoutMs()))
                    .exceptionally(failure -> {
                        LOG.atWarn().setCause(failure).log("the leader could not step down");
                        return null;
                    });
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("the leader could not step down");
        }
    }
}
