package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a consumer's records to one subscriber, as many as it asks for, on a thread of its own, which is the one that
 * polls. While nothing is asked for, nothing is read, and the consumer keeps its place in its group. Thread-safe.
 */
final class RecordPublisher implements Flow.Publisher<ConsumedRecord> {
    private static final Logger LOG = LoggerFactory.getLogger(RecordPublisher.class);
    private static final Duration STEP = Duration.ofMillis(100);

    private final Consumer consumer;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicBoolean isTaken = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean isCancelled;
    private volatile @Nullable Throwable violation;
    private Flow.@Nullable Subscriber<? super ConsumedRecord> subscriber;

    RecordPublisher(Consumer consumer) {
        this.consumer = consumer;
        this.thread = new Thread(this::run, "oarlog-consumer-publisher");
        thread.setDaemon(true);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ConsumedRecord> newSubscriber) {
        requireNonNull(newSubscriber, "subscriber");
        if (!isTaken.compareAndSet(false, true)) {
            newSubscriber.onSubscribe(new Idle());
            newSubscriber.onError(new IllegalStateException("a consumer's records go to one subscriber"));
            return;
        }
        subscriber = newSubscriber;
        newSubscriber.onSubscribe(new Demand());
        thread.start();
    }

    private void run() {
        Flow.Subscriber<? super ConsumedRecord> receiver = requireNonNull(subscriber);
        try {
            while (!isCancelled) {
                Throwable wrong = violation;
                if (wrong != null) {
                    receiver.onError(wrong);
                    return;
                }
                step(receiver);
            }
        } catch (OarlogException e) {
            receiver.onError(e);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a subscriber failed and gets no more records");
        }
    }

    private void step(Flow.Subscriber<? super ConsumedRecord> receiver) {
        if (demand.get() == 0) {
            consumer.keepUp();
            LockSupport.parkNanos(this, STEP.toNanos());
            return;
        }
        ConsumedRecord record = consumer.pollOne(STEP);
        if (record != null) {
            demand.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
            receiver.onNext(record);
        }
    }

    /** Ends the thread and waits for its end, unless it is the caller. */
    void stop() {
        isCancelled = true;
        LockSupport.unpark(thread);
        if (Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private final class Demand implements Flow.Subscription {
        @Override
        public void request(long n) {
            if (n <= 0) {
                violation = new IllegalArgumentException(n + " records were asked for");
            } else {
                demand.updateAndGet(before -> before + n < 0 ? Long.MAX_VALUE : before + n);
            }
            LockSupport.unpark(thread);
        }

        @Override
        public void cancel() {
            isCancelled = true;
            LockSupport.unpark(thread);
        }
    }

    /** Of a subscriber that gets nothing. */
    private static final class Idle implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
