package io.oarlog.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Calls what is confined to an event loop, from other threads. */
final class OnLoop {
    private OnLoop() {}

    /** Runs the call on the loop; completes as what it returns does, or fails as the call does. */
    static <T> CompletableFuture<T> call(IoLoop loop, Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                var unused = call.get().whenComplete((value, failure) -> {
                    if (failure == null) {
                        answer.complete(value);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }
}
