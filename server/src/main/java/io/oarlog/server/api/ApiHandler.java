package io.oarlog.server.api;

import java.util.concurrent.CompletableFuture;

/** Serves one Kafka API. Thread-safe. */
@FunctionalInterface
public interface ApiHandler {
    /**
     * Begins to serve a request. Called on the connection's event loop: must not block.
     *
     * @return completes on any thread; a failure is answered as an unknown server error
     */
    CompletableFuture<ApiResponse> handle(ApiRequest request);
}
