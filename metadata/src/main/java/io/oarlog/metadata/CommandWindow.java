package io.oarlog.metadata;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Lets a bounded number of commands be under way; the others wait in order, and those for which there is no room to wait
 * are refused. Thread-safe. The command log below would block its caller instead.
 */
final class CommandWindow {
    private final int maxUnderWay;
    private final int maxWaiting;
    private final Object lock = new Object(); // guards waiting and underWay
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    CommandWindow(int maxUnderWay, int maxWaiting) {
        this.maxUnderWay = maxUnderWay;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Starts a command as soon as there is room, on the caller's thread or on that which ended another command.
     *
     * @return what the command leads to; fails with {@link TimeoutException} when too many wait: it was then never started
     */
    <T> CompletableFuture<T> enter(Supplier<CompletableFuture<T>> command) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable start = () -> start(command, result);
        synchronized (lock) {
            if (underWay >= maxUnderWay) {
                if (waiting.size() >= maxWaiting) {
                    return CompletableFuture.failedFuture(
                            new TimeoutException("too many changes of the metadata wait; try again"));
                }
                waiting.add(start);
                return result;
            }
            underWay++;
        }
        start.run();
        return result;
    }

    private <T> void start(Supplier<CompletableFuture<T>> command, CompletableFuture<T> result) {
        CompletableFuture<T> started;
        try {
            started = command.get();
        } catch (RuntimeException e) {
            started = CompletableFuture.failedFuture(e);
        }
        var unused = started.whenComplete((value, failure) -> {
            leave();
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        });
    }

    private void leave() {
        Runnable next;
        synchronized (lock) {
            next = waiting.poll();
            if (next == null) {
                underWay--;
            }
        }
        if (next != null) {
            next.run();
        }
    }
}
