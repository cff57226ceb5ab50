package io.oarlog.server.group;

import io.oarlog.server.api.ApiHandler;
import io.oarlog.server.api.ApiRequest;
import io.oarlog.server.api.ApiResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.jspecify.annotations.Nullable;

/** Hands the requests of one API to this node's coordinator. Thread-safe. */
final class CoordinatorHandler implements ApiHandler {
    /** What an API asks of the coordinator. Must not block; the future may fail with what Kafka has a code for. */
    @FunctionalInterface
    interface Call {
        CompletableFuture<? extends AbstractResponse> answer(
                GroupCoordinator coordinator, RequestContext context, AbstractRequest body);
    }

    private final Supplier<Optional<GroupCoordinator>> coordinator;
    private final Call call;

    CoordinatorHandler(Supplier<Optional<GroupCoordinator>> coordinator, Call call) {
        this.coordinator = coordinator;
        this.call = call;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        Optional<GroupCoordinator> present = coordinator.get();
        if (present.isEmpty()) {
            return CompletableFuture.completedFuture(refused(request, Errors.COORDINATOR_NOT_AVAILABLE.exception()));
        }
        CompletableFuture<? extends AbstractResponse> answer;
        try {
            answer = call.answer(present.get(), context(request), request.body());
        } catch (ApiException e) {
            return CompletableFuture.completedFuture(refused(request, e));
        }
        return answer.handle((body, failure) -> answer(request, body, failure));
    }

    private static ApiResponse answer(
            ApiRequest request, @Nullable AbstractResponse body, @Nullable Throwable failure) {
        if (body != null) {
            return new ApiResponse.Answer(body);
        }
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof ApiException known) {
            return refused(request, known);
        }
        throw new CompletionException(cause);
    }

    private static ApiResponse refused(ApiRequest request, ApiException error) {
        return new ApiResponse.Answer(request.body().getErrorResponse(0, error));
    }

    /** Who asks, as the coordinator wants it: the client's id and address are what it remembers of members. */
    static RequestContext context(ApiRequest request) {
        return new RequestContext(
                request.header(),
                "",
                request.clientAddress(),
                KafkaPrincipal.ANONYMOUS,
                ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
    }
}
