package io.oarlog.server.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/**
 * FindCoordinator: there are no groups and no transactions yet. The answer says so with an error that no client retries, so
 * that a program which needs them fails at once. Thread-safe.
 */
final class FindCoordinatorHandler implements ApiHandler {
    private static final Errors ERROR = Errors.INVALID_REQUEST;
    private static final String MESSAGE = "this broker has no consumer groups and no transactions yet;"
            + " consume by assigned partitions (kcat -C, KafkaConsumer.assign)";
    private static final int NO_NODE = -1;

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        FindCoordinatorRequestData data = ((FindCoordinatorRequest) request.body()).data();
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (request.version() < FindCoordinatorRequest.MIN_BATCHED_VERSION) {
            response.setErrorCode(ERROR.code())
                    .setErrorMessage(MESSAGE)
                    .setNodeId(NO_NODE)
                    .setPort(NO_NODE);
        } else {
            List<Coordinator> refusals = data.coordinatorKeys().stream()
                    .map(FindCoordinatorHandler::refusal)
                    .toList();
            response.setCoordinators(refusals);
        }
        return CompletableFuture.completedFuture(new ApiResponse.Answer(new FindCoordinatorResponse(response)));
    }

    private static Coordinator refusal(String key) {
        return new Coordinator()
                .setKey(key)
                .setErrorCode(ERROR.code())
                .setErrorMessage(MESSAGE)
                .setNodeId(NO_NODE)
                .setHost("")
                .setPort(NO_NODE);
    }
}
