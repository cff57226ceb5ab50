package io.oarlog.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at one blocking call, within its time. Confined to the calling thread, which hands the work to the event
 * loop and waits.
 */
final class Attempts {
    private final ClientCore core;
    private final String what;
    private final long deadlineNanos;
    private int failures;
    private boolean anyIsUncertain;
    private @Nullable Throwable lastFailure;

    /** @param what for the message when time is over */
    Attempts(ClientCore core, String what, Duration limit) {
        this.core = core;
        this.what = what;
        this.deadlineNanos = core.loop().nowNanos() + limit.toNanos();
    }

    /**
     * Asks any broker; for what may be carried out twice.
     *
     * @return empty when none answered
     * @throws BrokerUnavailableException when time is over
     */
    <R extends ApiMessage> Optional<R> ask(Api api, ApiMessage request, Class<R> answerType) {
        return await(() -> core.anyBroker().ask(api, request, answerType));
    }

    /**
     * Sends a change to one broker, to another one at each attempt.
     *
     * @param controllerId whom to ask first, if its address is known
     * @return empty when it did not answer; whether it can have carried out the change tells {@link #anyIsUncertain}
     * @throws BrokerUnavailableException when time is over
     */
    <R extends ApiMessage> Optional<R> tell(int controllerId, Api api, ApiMessage request, Class<R> answerType) {
        Optional<Connection> ready = await(() -> core.brokers().connections().ready(target(controllerId)));
        if (ready.isEmpty()) {
            return Optional.empty();
        }
        boolean before = anyIsUncertain;
        anyIsUncertain = true;
        Optional<R> answer = await(() -> ready.get().send(api, request, answerType, Duration.ZERO));
        anyIsUncertain = before || answer.isEmpty();
        return answer;
    }

    private Endpoint target(int controllerId) {
        Endpoint controller = core.brokers().endpoint(controllerId);
        return controller != null ? controller : core.brokers().candidates().get(0);
    }

    private <T> Optional<T> await(Supplier<CompletableFuture<T>> onLoop) {
        CompletableFuture<T> result = new CompletableFuture<>();
        core.loop().execute(() -> {
            var unused = onLoop.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        });
        try {
            return Optional.of(result.get(deadlineNanos - core.loop().nowNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            throw new BrokerUnavailableException(
                    what + " got no answer in time", lastFailure == null ? e : lastFailure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerUnavailableException(what + " was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnsupportedApiException unsupported) {
                throw new InvalidRequestException(what + " is not possible: " + unsupported.getMessage());
            }
            lastFailure = e.getCause();
            return Optional.empty();
        }
    }

    /** The change of an earlier attempt may have been carried out. */
    boolean anyIsUncertain() {
        return anyIsUncertain;
    }

    void setUncertain() {
        anyIsUncertain = true;
    }

    /**
     * Waits before the next attempt, a little longer each time.
     *
     * @param failure why there must be one; null when no broker answered
     * @throws BrokerUnavailableException when time is over
     */
    void backOff(@Nullable Throwable failure) {
        if (failure != null) {
            lastFailure = failure;
        }
        failures++;
        CompletableFuture<Boolean> waited = new CompletableFuture<>();
        core.loop().execute(() -> {
            var unused = core.loop()
                    .schedule(() -> waited.complete(true), core.retries().delayNanos(failures));
        });
        await(() -> waited);
    }
}
