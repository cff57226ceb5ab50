package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends records, in batches, in order by partition, each again until it is stored or its delivery timeout has passed.
 * Thread-safe.
 *
 * <p>With the default settings a record whose future has completed is on disk at a majority of the partition's replicas,
 * once, behind all records that the same thread sent to that partition before. A future that fails says what is known:
 * {@link NotSentException} and {@link RejectedRecordException} that the record is not stored,
 * {@link UnknownOutcomeException} that nobody can tell. Without idempotence retries can store a record twice.
 *
 * <p>The futures complete on the producer's own thread: what is attached to them must not block. It may send, as long as
 * that does not have to wait.
 */
public final class Producer implements AutoCloseable {
    private final ProducerSettings settings;
    private final ClientCore core;
    private final Sender sender;
    private final RecordAccumulator accumulator;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Starts the producer's thread. Connects to nobody before the first record is sent.
     *
     * @throws MissingCodecException when the library that compresses is not there
     */
    public Producer(ProducerSettings settings) {
        this(
                checked(settings),
                ClientCore.start("oarlog-producer", settings.bootstrap(), settings.requestTimeout()),
                Clock.systemUTC(),
                new Random());
    }

    private static ProducerSettings checked(ProducerSettings settings) {
        Codecs.require(settings.compression().wireType());
        return settings;
    }

    Producer(ProducerSettings settings, ClientCore core, Clock clock, Random random) {
        this.settings = settings;
        this.core = core;
        this.sender = new Sender(core, settings);
        this.accumulator = new RecordAccumulator(
                settings,
                core.loop(),
                clock,
                new Partitioner(random),
                (partition, queue) -> core.loop().execute(() -> sender.poke(partition, queue)));
    }

    /**
     * Sends a record. Waits, for the delivery timeout at most, while the buffer is full or the number of the topic's
     * partitions is not known; an interrupt ends the wait.
     *
     * @return completes when the record is acknowledged as {@link ProducerSettings#acks} asks; fails with
     *     {@link NotSentException}, {@link RejectedRecordException} or {@link UnknownOutcomeException}
     */
    public CompletableFuture<RecordMetadata> send(ProducerRecord record) {
        requireNonNull(record, "record");
        if (closed.get()) {
            return CompletableFuture.failedFuture(new NotSentException("the producer is closed", null));
        }
        long deadlineNanos = core.loop().nowNanos() + settings.deliveryTimeout().toNanos();
        try {
            int partitions = record.partition() == null ? partitionCount(record.topic(), deadlineNanos) : 0;
            return accumulator.append(record, partitions, deadlineNanos, maxWaitNanos(deadlineNanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.failedFuture(new NotSentException("interrupted", e));
        } catch (NotSentException | RejectedRecordException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private int partitionCount(String topic, long deadlineNanos) throws InterruptedException {
        CompletableFuture<Integer> count = core.cluster().partitionCount(topic);
        try {
            return count.get(maxWaitNanos(deadlineNanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            count.cancel(false);
            if (core.cluster().isMissing(topic)) {
                throw new RejectedRecordException("topic '" + topic + "' did not exist within the delivery timeout", e);
            }
            throw new NotSentException("no broker told of topic '" + topic + "' in time", e);
        } catch (ExecutionException e) {
            throw new NotSentException("the partitions of '" + topic + "' are not known", e.getCause());
        } catch (CancellationException e) {
            throw new NotSentException("the producer is closed", e);
        }
    }

    /** The producer's own thread, in a callback, must not wait for itself. */
    private long maxWaitNanos(long deadlineNanos) {
        return core.loop().inLoop() ? 0 : deadlineNanos - core.loop().nowNanos();
    }

    /**
     * Sends what lingers and waits until every record that was sent before has its outcome, which takes the delivery
     * timeout at most. Not ended by an interrupt.
     *
     * @throws IllegalStateException on the producer's own thread
     */
    public void flush() {
        if (core.loop().inLoop()) {
            throw new IllegalStateException("the producer's own thread cannot wait for itself");
        }
        if (closed.get()) {
            return;
        }
        awaitAllDone();
    }

    private void awaitAllDone() {
        core.loop().execute(sender::beginFlush);
        accumulator.whenAllDone().join();
        core.loop().execute(sender::endFlush);
    }

    /**
     * Waits for the outcome of what was sent, as {@link #flush} does, then ends the connections and the thread. Records
     * sent from now on fail with {@link NotSentException}. Closing again does nothing.
     */
    @Override
    public void close() {
        if (core.loop().inLoop()) {
            throw new IllegalStateException("the producer's own thread cannot wait for itself");
        }
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        awaitAllDone();
        NotSentException late = new NotSentException("the producer was closed", null);
        accumulator.close().forEach(batch -> batch.fail(late));
        // What a sender that was about to append still got in is in flight now.
        awaitAllDone();
        core.loop().execute(sender::close);
        core.close();
    }
}
