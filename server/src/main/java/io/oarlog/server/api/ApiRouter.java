package io.oarlog.server.api;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the handler of a request. Thread-safe. */
public final class ApiRouter {
    private static final Logger LOG = LoggerFactory.getLogger(ApiRouter.class);

    private final ApiVersionsTable versions = new ApiVersionsTable();
    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);

    /**
     * @param handlers of every API in the table of versions but ApiVersions, which is answered here
     */
    public ApiRouter(Map<ApiKeys, ApiHandler> handlers) {
        this.handlers.putAll(handlers);
        this.handlers.put(ApiKeys.API_VERSIONS, this::apiVersions);
        if (!this.handlers.keySet().equals(versions.apis())) {
            throw new IllegalArgumentException(
                    "advertised are " + versions.apis() + " but there are handlers of " + this.handlers.keySet());
        }
    }

    public boolean serves(ApiKeys api, short version) {
        return versions.serves(api, version);
    }

    /** The answer, in version 0, to an ApiVersions request of a version that is not known: what is. */
    public AbstractResponse unsupportedApiVersions() {
        return versions.response(Errors.UNSUPPORTED_VERSION);
    }

    private CompletableFuture<ApiResponse> apiVersions(ApiRequest request) {
        // KIP-511: a client names itself, or is refused.
        boolean isValid = ((ApiVersionsRequest) request.body()).isValid();
        return CompletableFuture.completedFuture(
                new ApiResponse.Answer(versions.response(isValid ? Errors.NONE : Errors.INVALID_REQUEST)));
    }

    /**
     * Serves a parsed request; one that is not {@link #serves served} is answered with UNSUPPORTED_VERSION.
     *
     * @return fails only when it cannot be said that the request failed. Cancelled when nobody waits for the answer any more
     */
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        ApiKeys api = request.header().apiKey();
        ApiHandler handler = handlers.get(api);
        if (handler == null || !serves(api, request.version())) {
            return CompletableFuture.completedFuture(refused(
                    request,
                    new ApiError(
                            Errors.UNSUPPORTED_VERSION,
                            api + " version " + request.version() + " is not supported by this broker")));
        }
        CompletableFuture<ApiResponse> response = begin(handler, request);
        CompletableFuture<ApiResponse> answered = new CompletableFuture<>();
        var unusedResponse = response.whenComplete((answer, failure) -> {
            if (failure == null) {
                if (!answered.complete(answer)) {
                    answer.discard();
                }
            } else if (!answered.isCancelled()) {
                answered.complete(failed(request, failure));
            }
        });
        var unusedAnswered = answered.whenComplete((answer, failure) -> {
            if (answered.isCancelled()) {
                response.cancel(false);
            }
        });
        return answered;
    }

    private static CompletableFuture<ApiResponse> begin(ApiHandler handler, ApiRequest request) {
        try {
            return handler.handle(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static ApiResponse failed(ApiRequest request, Throwable failure) {
        ApiError error = ErrorMapping.of(failure).orElseGet(() -> {
            LOG.atError()
                    .addKeyValue("api", request.header().apiKey())
                    .addKeyValue("version", request.version())
                    .setCause(failure)
                    .log("request failed");
            return new ApiError(Errors.UNKNOWN_SERVER_ERROR);
        });
        return refused(request, error);
    }

    private static ApiResponse refused(ApiRequest request, ApiError error) {
        AbstractResponse response = request.body().getErrorResponse(0, error.exception());
        return response == null
                ? new ApiResponse.CloseConnection(error.messageWithFallback())
                : new ApiResponse.Answer(response);
    }
}
