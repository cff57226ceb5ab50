package io.oarlog.server.api;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;

/**
 * InitProducerId: every idempotent producer that asks gets an id that nobody else has or had (KIP-98). Thread-safe.
 *
 * <p>A producer that asks for a higher epoch of its id (KIP-360) gets a new id instead, which it takes as well.
 */
final class InitProducerIdHandler implements ApiHandler {
    private static final short FIRST_EPOCH = 0;

    private final ClusterState cluster;

    InitProducerIdHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        InitProducerIdRequestData data = ((InitProducerIdRequest) request.body()).data();
        if (data.transactionalId() != null) {
            // Not retriable, so that a transactional producer says so at once.
            return CompletableFuture.completedFuture(
                    answer(new InitProducerIdResponseData().setErrorCode(Errors.INVALID_REQUEST.code())));
        }
        return cluster.metadata()
                .nextProducerId()
                .thenApply(id -> answer(
                        new InitProducerIdResponseData().setProducerId(id).setProducerEpoch(FIRST_EPOCH)))
                .exceptionally(failure -> answer(new InitProducerIdResponseData()
                        .setErrorCode(error(failure).code())));
    }

    /**
     * No leader of the metadata just now: every client asks again here. COORDINATOR_NOT_AVAILABLE would send Java's producer
     * to look for a coordinator, which there is none of, and make it fail for good.
     */
    private static Errors error(Throwable failure) {
        Errors error = ErrorMapping.orLogged(failure, "no producer id given").error();
        return error == Errors.REQUEST_TIMED_OUT ? Errors.COORDINATOR_LOAD_IN_PROGRESS : error;
    }

    private static ApiResponse answer(InitProducerIdResponseData data) {
        return new ApiResponse.Answer(new InitProducerIdResponse(data));
    }
}
