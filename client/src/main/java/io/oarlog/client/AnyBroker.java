package io.oarlog.client;

import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Asks what every broker can answer: one after the other until one does. Confined to the event loop.
 *
 * <p>When a broker is silent for {@link #PATIENCE} the next one is asked as well, and the first answer counts: a broker
 * that hangs costs that much and not a request timeout. Only for requests that may be carried out twice.
 */
final class AnyBroker {
    static final Duration PATIENCE = Duration.ofMillis(500);

    private final IoLoop loop;
    private final Brokers brokers;

    AnyBroker(IoLoop loop, Brokers brokers) {
        this.loop = loop;
        this.brokers = brokers;
    }

    /** Fails when all have failed, with the last one's {@link ConnectionLostException} or {@link UnsupportedApiException}. */
    <R extends ApiMessage> CompletableFuture<R> ask(Api api, ApiMessage request, Class<R> answerType) {
        Search<R> search = new Search<>(api, request, answerType);
        search.next();
        return search.result;
    }

    /** One question on its way through the candidates. */
    private final class Search<R extends ApiMessage> {
        private final Api api;
        private final ApiMessage request;
        private final Class<R> answerType;
        private final Iterator<Endpoint> candidates = brokers.candidates().iterator();
        private final CompletableFuture<R> result = new CompletableFuture<>();
        private int unanswered;

        Search(Api api, ApiMessage request, Class<R> answerType) {
            this.api = api;
            this.request = request;
            this.answerType = answerType;
        }

        private void next() {
            if (!candidates.hasNext()) {
                return;
            }
            Endpoint candidate = candidates.next();
            unanswered++;
            var unusedTimer = loop.schedule(this::onPatienceDeadline, PATIENCE.toNanos());
            var unused = brokers.connections()
                    .ready(candidate)
                    .thenCompose(connection -> connection.send(api, request, answerType, Duration.ZERO))
                    .whenComplete(this::onEnd);
        }

        private void onPatienceDeadline() {
            if (!result.isDone()) {
                next();
            }
        }

        private void onEnd(@Nullable R answer, @Nullable Throwable failure) {
            unanswered--;
            if (answer != null) {
                result.complete(answer);
            } else if (!result.isDone()) {
                next();
                if (unanswered == 0 && failure != null) {
                    result.completeExceptionally(unwrapped(failure));
                }
            }
        }
    }

    /** What a future failed with, without what its dependents wrap around it. */
    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
