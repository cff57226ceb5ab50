package io.oarlog.server.api;

import io.oarlog.raft.MetadataQuorum;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.RemoveRaftVoterRequest;
import org.apache.kafka.common.requests.RemoveRaftVoterResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RemoveRaftVoter (KIP-853): takes a node out of the metadata group and forgets which disk it had, so that it may come again with
 * an empty one. Its replicas of partitions stay assigned to it. Thread-safe.
 */
final class RemoveRaftVoterHandler implements ApiHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RemoveRaftVoterHandler.class);

    private final ClusterState cluster;
    private final ClusterMembership membership;

    RemoveRaftVoterHandler(ClusterState cluster, ClusterMembership membership) {
        this.cluster = cluster;
        this.membership = membership;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        RemoveRaftVoterRequestData data = ((RemoveRaftVoterRequest) request.body()).data();
        Optional<ApiError> refusal = refusal(data);
        CompletableFuture<ApiError> removed = refusal.isPresent()
                ? CompletableFuture.completedFuture(refusal.get())
                // In this order: it may be this node, which writes nothing to the metadata any more when it is out.
                : cluster.metadata()
                        .forgetNode(data.voterId())
                        .thenCompose(done -> membership.remove(data.voterId()))
                        .handle((done, failure) -> failure == null ? ApiError.NONE : failed(data.voterId(), failure));
        return removed.thenApply(
                error -> new ApiResponse.Answer(new RemoveRaftVoterResponse(new RemoveRaftVoterResponseData()
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message()))));
    }

    private Optional<ApiError> refusal(RemoveRaftVoterRequestData data) {
        if (data.clusterId() != null
                && !data.clusterId().equals(cluster.metadata().clusterId())) {
            return Optional.of(new ApiError(
                    Errors.INCONSISTENT_CLUSTER_ID,
                    "this is cluster " + cluster.metadata().clusterId()));
        }
        MetadataQuorum quorum = membership.quorum();
        Optional<MetadataQuorum.Voter> voter = quorum.voters().stream()
                .filter(found -> found.node() == data.voterId())
                .findFirst();
        if (voter.isEmpty() || !DescribeQuorumHandler.directory(voter.get()).equals(data.voterDirectoryId())) {
            return Optional.of(new ApiError(
                    Errors.VOTER_NOT_FOUND,
                    "node " + data.voterId() + " with directory " + data.voterDirectoryId() + " is not among "
                            + quorum.voters()));
        } else if (quorum.voters().size() == 1) {
            return Optional.of(new ApiError(Errors.INVALID_REQUEST, "it is the only node"));
        }
        return Optional.empty();
    }

    private static ApiError failed(int node, Throwable failure) {
        LOG.atWarn().addKeyValue("node", node).setCause(failure).log("a node could not be removed");
        return new ApiError(
                Errors.REQUEST_TIMED_OUT,
                "it is not known whether node " + node + " is out, ask again: " + failure.getMessage());
    }
}
