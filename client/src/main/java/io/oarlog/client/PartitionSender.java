package io.oarlog.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.ListIterator;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the batches of one partition in order, again and again until each has an outcome. Confined to the event loop.
 *
 * <p>Batches go from the queue to {@code inFlight}, from there to their outcome or to {@code resend}, and from there in
 * flight again. While there is anything to resend nothing new is sent, and one batch is in flight at a time.
 *
 * <p>With idempotence the {@link SequenceNumbers} keep a batch from being stored twice and out of order; without it the
 * one batch in flight at a time keeps the order.
 */
final class PartitionSender {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionSender.class);

    private final TopicPartition partition;
    private final PartitionQueue queue;
    private final Sender sender;
    private final Alarm alarm;
    private final Runnable wake = this::poke;
    /** Null without idempotence. */
    private final @Nullable SequenceNumbers numbers;

    private final Deque<ProducerBatch> inFlight = new ArrayDeque<>();
    /** In the order of their positions. */
    private final List<ProducerBatch> resend = new ArrayList<>();

    private long nextPosition;
    private int failures;
    private long notBeforeNanos;
    /** The leader that the last failed attempt went to, when another one may do better; else null. */
    private @Nullable PartitionLeader failedLeader;

    PartitionSender(TopicPartition partition, PartitionQueue queue, Sender sender) {
        this.partition = partition;
        this.queue = queue;
        this.sender = sender;
        this.numbers = sender.settings().idempotent() ? new SequenceNumbers(partition, sender.ids()) : null;
        this.alarm = new Alarm(sender.core().loop(), wake);
        this.notBeforeNanos = sender.core().loop().nowNanos();
    }

    TopicPartition partition() {
        return partition;
    }

    /** Does whatever can be done now, and sets the alarm for the rest. */
    void poke() {
        long now = sender.core().loop().nowNanos();
        expire(now);
        closeGaps();
        setAlarm(now);
        if (!isDue(now)) {
            return;
        }
        PartitionLeader leader = sender.core().cluster().leader(partition);
        if (leader == null || !leader.exists()) {
            sender.core().cluster().want(partition.topic());
            sender.core().cluster().refresh();
        } else if (notBeforeNanos - now > 0 && (failedLeader == null || failedLeader.equals(leader))) {
            if (failedLeader != null) {
                sender.core().cluster().refresh();
            }
        } else if (isReadyToNumber()) {
            sender.lane(leader.brokerId()).offer(this);
        }
    }

    private boolean isReadyToNumber() {
        return numbers == null || numbers.isReady(wake);
    }

    /** Whether a batch would be sent if the leader were there and no attempt had failed. */
    private boolean isDue(long now) {
        if (!resend.isEmpty()) {
            return inFlight.isEmpty();
        }
        return hasWindow() && queue.nanosUntilDue(now, sender.lingerNanos()) <= 0;
    }

    private boolean hasWindow() {
        return inFlight.size()
                < (numbers == null ? 1 : numbers.window(sender.settings().maxInFlight()));
    }

    private void setAlarm(long now) {
        long wait = queue.nanosUntilDeadline(now);
        for (ProducerBatch batch : inFlight) {
            if (!batch.isDone()) {
                wait = Math.min(wait, batch.deadlineNanos() - now);
            }
        }
        if (!resend.isEmpty()) {
            wait = Math.min(wait, resend.get(0).deadlineNanos() - now);
        }
        if (isDue(now)) {
            if (notBeforeNanos - now > 0) {
                wait = Math.min(wait, notBeforeNanos - now);
            }
        } else if (hasWindow() && resend.isEmpty()) {
            wait = Math.min(wait, queue.nanosUntilDue(now, sender.lingerNanos()));
        }
        if (wait != PartitionQueue.NEVER) {
            alarm.within(wait);
        }
    }

    /** Whether the broker is still the one to send to. */
    boolean isLedBy(int brokerId) {
        PartitionLeader leader = sender.core().cluster().leader(partition);
        return leader != null && leader.brokerId() == brokerId;
    }

    /** The next batch, which is in flight from now on; null when there is none after all. */
    @Nullable
    ProducerBatch take() {
        if (!isDue(sender.core().loop().nowNanos()) || !isReadyToNumber()) {
            return null;
        }
        ProducerBatch batch = resend.isEmpty() ? queue.poll() : resend.remove(0);
        if (batch == null) {
            return null;
        }
        if (batch.position() < 0) {
            batch.placeAt(nextPosition);
            nextPosition += batch.recordCount();
        }
        if (numbers != null) {
            numbers.number(batch);
        }
        inFlight.addLast(batch);
        return batch;
    }

    /** The leader could not be reached; nothing was sent. */
    void onLeaderUnreachable(int brokerId, Throwable failure) {
        if (isLedBy(brokerId)) {
            if (!resend.isEmpty()) {
                resend.get(0).setLastFailure(failure);
            }
            backOff(true);
        }
        poke();
    }

    /** The connection ended with the batch in flight. */
    void onConnectionLost(ProducerBatch batch, Throwable failure) {
        inFlight.remove(batch);
        batch.setMayBeStored(true);
        sendAgain(batch, failure, true);
        poke();
    }

    /** Acks are not asked for, and the socket took the batch. */
    void onHandedOver(ProducerBatch batch) {
        inFlight.remove(batch);
        onStored(batch, RecordMetadata.UNKNOWN_OFFSET, -1);
        poke();
    }

    /** The broker answered. */
    void onAnswer(ProducerBatch batch, PartitionProduceResponse answer) {
        inFlight.remove(batch);
        WireError error = WireError.forCode(answer.errorCode());
        ProduceVerdict verdict = ProduceVerdict.of(error);
        if (verdict != ProduceVerdict.STORED) {
            LOG.atDebug()
                    .addKeyValue("partition", partition)
                    .addKeyValue("error", error)
                    .log("batch was refused");
        }
        switch (verdict) {
            case STORED -> onStored(batch, answer.baseOffset(), answer.logAppendTimeMs());
            case NOT_STORED_YET -> sendAgain(batch, error.exception(), error != WireError.NOT_ENOUGH_REPLICAS);
            case UNCERTAIN -> {
                batch.setMayBeStored(true);
                sendAgain(batch, error.exception(), true);
            }
            case OUT_OF_ORDER -> onOutOfOrder(batch, error.exception());
            case IDENTITY_REFUSED -> onIdentityRefused(batch, error.exception());
            case TOO_LARGE -> onTooLarge(batch, error.exception());
            case REJECTED -> reject(batch, error.exception());
        }
        poke();
    }

    private void onStored(ProducerBatch batch, long baseOffset, long logAppendTime) {
        if (!batch.isDone()) {
            batch.succeed(baseOffset, logAppendTime);
        }
        if (numbers != null) {
            numbers.onStored(batch);
        }
        failures = 0;
        failedLeader = null;
        notBeforeNanos = sender.core().loop().nowNanos();
    }

    private void sendAgain(ProducerBatch batch, Throwable failure, boolean otherLeaderMayDoBetter) {
        batch.setLastFailure(failure);
        backOff(otherLeaderMayDoBetter);
        requeue(batch);
    }

    private void backOff(boolean otherLeaderMayDoBetter) {
        long now = sender.core().loop().nowNanos();
        // All that was in flight fails together: that counts once.
        if (notBeforeNanos - now <= 0) {
            failures++;
            notBeforeNanos = now + sender.core().retries().delayNanos(failures);
        }
        if (otherLeaderMayDoBetter) {
            failedLeader = sender.core().cluster().leader(partition);
            sender.core().cluster().refresh();
        }
    }

    private void requeue(ProducerBatch batch) {
        if (batch.isDone()) {
            onEndedUnstored(batch);
            return;
        }
        ListIterator<ProducerBatch> place = resend.listIterator();
        while (place.hasNext()) {
            if (place.next().position() > batch.position()) {
                place.previous();
                break;
            }
        }
        place.add(batch);
    }

    private void onOutOfOrder(ProducerBatch batch, Throwable failure) {
        if (numbers == null) {
            reject(batch, failure);
            return;
        }
        if (isFirstInLine(batch)) {
            numbers.onFirstInLineOutOfOrder(batch);
        }
        sendAgain(batch, failure, false);
    }

    private boolean isFirstInLine(ProducerBatch batch) {
        boolean earlierInFlight = inFlight.stream().anyMatch(other -> other.position() < batch.position());
        boolean earlierToResend = resend.stream().anyMatch(other -> other.position() < batch.position());
        return !earlierInFlight && !earlierToResend;
    }

    private void onIdentityRefused(ProducerBatch batch, Throwable failure) {
        if (numbers == null) {
            reject(batch, failure);
            return;
        }
        numbers.onIdentityRefused();
        batch.setLastFailure(failure);
        requeue(batch);
    }

    private void onTooLarge(ProducerBatch batch, Throwable failure) {
        if (batch.recordCount() == 1 || batch.isDone()) {
            reject(batch, failure);
            return;
        }
        for (ProducerBatch half : batch.split()) {
            half.setLastFailure(failure);
            requeue(half);
        }
    }

    private void reject(ProducerBatch batch, Throwable failure) {
        if (!batch.isDone()) {
            batch.fail(
                    batch.mayBeStored()
                            ? new UnknownOutcomeException(
                                    "an earlier attempt at " + partition + " may have stored what is refused now: "
                                            + failure.getMessage(),
                                    failure)
                            : new RejectedRecordException(
                                    partition + " refused the record: " + failure.getMessage(), failure));
        }
        onEndedUnstored(batch);
    }

    /** The batch has its outcome, no attempt at it goes on, and none is known to have stored it. */
    private void onEndedUnstored(ProducerBatch batch) {
        if (numbers != null) {
            numbers.onEndedUnstored(batch);
        }
    }

    private void closeGaps() {
        if (numbers == null || !inFlight.isEmpty()) {
            return;
        }
        for (ProducerBatch batch : numbers.closeGaps(resend)) {
            resend.remove(batch);
            batch.fail(new UnknownOutcomeException(
                    "the sequence of " + partition + " had to begin anew, and the record may be stored under the old",
                    batch.lastFailure()));
        }
    }

    private void expire(long now) {
        for (ProducerBatch batch : inFlight) {
            if (!batch.isDone() && batch.deadlineNanos() - now <= 0) {
                batch.fail(new UnknownOutcomeException(
                        "no answer for " + partition + " came within the delivery timeout", batch.lastFailure()));
            }
        }
        while (!resend.isEmpty() && resend.get(0).deadlineNanos() - now <= 0) {
            ProducerBatch batch = resend.remove(0);
            batch.fail(overdue(batch));
            onEndedUnstored(batch);
        }
        queue.pollExpired(now).forEach(batch -> batch.fail(overdue(batch)));
    }

    private OarlogException overdue(ProducerBatch batch) {
        Throwable cause = batch.lastFailure();
        if (batch.mayBeStored()) {
            return new UnknownOutcomeException(
                    "no clear answer for " + partition + " came within the delivery timeout", cause);
        }
        boolean unknown = cause == null
                ? sender.core().cluster().isMissing(partition)
                : cause.equals(WireError.UNKNOWN_TOPIC_OR_PARTITION.exception());
        return unknown
                ? new RejectedRecordException(partition + " did not exist within the delivery timeout", cause)
                : new NotSentException("no broker took the record for " + partition + " in time", cause);
    }

    void close() {
        alarm.cancel();
    }
}
