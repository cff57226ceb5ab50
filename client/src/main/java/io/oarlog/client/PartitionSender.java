package io.oarlog.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the batches of one partition in order, again and again until each has an outcome. Confined to the event loop.
 *
 * <p>Batches go from the queue to {@code inFlight}, from there to their outcome or to {@code resend}, and from there in
 * flight again. While there is anything to resend nothing new is sent, and one batch is in flight at a time.
 *
 * <p>With idempotence each batch is numbered when it is first sent and keeps its number (KIP-98), so that a broker takes
 * it once and in order. A batch that ends without having been stored leaves a gap in the numbers:
 *
 * <pre>
 * gap      what it says of the batches behind it        how it is closed
 * CERTAIN  none can have been stored under its number   once nothing is in flight: next epoch, all numbered anew
 * UNKNOWN  nothing                                      nothing behind it: next epoch. Else the first one behind it is
 *                                                       sent: if it is stored, there was no gap; if it is refused as
 *                                                       out of order, next epoch
 * </pre>
 *
 * <p>Never is a batch numbered anew that may be stored under its old number: it would be stored twice. It ends with
 * {@link UnknownOutcomeException} instead. The next epoch fences what may still wait in a socket of an older one (the
 * idea of KIP-360).
 */
final class PartitionSender {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionSender.class);
    /** So often in a row is the first batch in line refused as out of order before the sequence is begun anew. */
    private static final int OUT_OF_ORDER_LIMIT = 3;

    private enum Gap {
        CERTAIN,
        UNKNOWN
    }

    private final TopicPartition partition;
    private final PartitionQueue queue;
    private final Sender sender;
    private final Alarm alarm;
    private final Runnable wake = this::poke;
    private final Deque<ProducerBatch> inFlight = new ArrayDeque<>();
    /** In the order of their positions. */
    private final List<ProducerBatch> resend = new ArrayList<>();

    private long nextPosition;
    private int failures;
    private long notBeforeNanos;
    /** The leader that the last failed attempt went to, when another one may do better; else null. */
    private @Nullable PartitionLeader failedLeader;

    private @Nullable ProducerIdentity identity;
    private int nextSequence;
    /** Whether the broker took a batch under this identity; before that a second one in flight could be taken first. */
    private boolean identityIsProven;
    /** By the position of the batch that ended. */
    private final TreeMap<Long, Gap> gaps = new TreeMap<>();

    private int outOfOrderInARow;
    private @Nullable Renewal renewal;

    /**
     * A new numbering that waits for what is in flight.
     *
     * @param needsNewId the epoch alone will not do
     * @param nothingStored whether the batches to resend are known not to be stored
     */
    private record Renewal(boolean needsNewId, boolean nothingStored) {}

    PartitionSender(TopicPartition partition, PartitionQueue queue, Sender sender) {
        this.partition = partition;
        this.queue = queue;
        this.sender = sender;
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
        } else if (hasIdentity()) {
            sender.lane(leader.brokerId()).offer(this);
        }
    }

    private boolean hasIdentity() {
        if (!sender.settings().idempotent()) {
            return true;
        }
        if (identity == null) {
            identity = sender.ids().current(wake);
        }
        return identity != null;
    }

    /** Whether a batch would be sent if the leader were there and no attempt had failed. */
    private boolean isDue(long now) {
        if (!resend.isEmpty()) {
            return inFlight.isEmpty();
        }
        return hasWindow() && queue.nanosUntilDue(now, sender.lingerNanos()) <= 0;
    }

    private boolean hasWindow() {
        boolean pipelined = sender.settings().idempotent() && identityIsProven;
        return gaps.isEmpty()
                && renewal == null
                && inFlight.size() < (pipelined ? sender.settings().maxInFlight() : 1);
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
        if (!isDue(sender.core().loop().nowNanos()) || !hasIdentity()) {
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
        ProducerIdentity current = identity;
        if (current != null && !current.equals(batch.identity())) {
            batch.number(current, nextSequence);
            nextSequence = ProducerBatch.sequenceAfter(nextSequence, batch.recordCount());
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
        Errors error = Errors.forCode(answer.errorCode());
        ProduceVerdict verdict = ProduceVerdict.of(error);
        if (verdict != ProduceVerdict.STORED) {
            LOG.atDebug()
                    .addKeyValue("partition", partition)
                    .addKeyValue("error", error)
                    .log("batch was refused");
        }
        switch (verdict) {
            case STORED -> onStored(batch, answer.baseOffset(), answer.logAppendTimeMs());
            case NOT_STORED_YET -> sendAgain(batch, error.exception(), error != Errors.NOT_ENOUGH_REPLICAS);
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
        // A batch is taken only behind all the earlier numbers: whatever ended before it was stored too.
        gaps.headMap(batch.position()).clear();
        identityIsProven = true;
        outOfOrderInARow = 0;
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
        if (!sender.settings().idempotent()) {
            reject(batch, failure);
            return;
        }
        if (isFirstInLine(batch)) {
            boolean knownGap = !gaps.headMap(batch.position()).isEmpty();
            outOfOrderInARow++;
            if (knownGap || outOfOrderInARow > OUT_OF_ORDER_LIMIT) {
                // If this one never left a trace either, nothing behind it can be stored.
                renewal = new Renewal(false, !batch.mayBeStored());
            }
        }
        sendAgain(batch, failure, false);
    }

    private boolean isFirstInLine(ProducerBatch batch) {
        boolean earlierInFlight = inFlight.stream().anyMatch(other -> other.position() < batch.position());
        boolean earlierToResend = resend.stream().anyMatch(other -> other.position() < batch.position());
        return !earlierInFlight && !earlierToResend;
    }

    private void onIdentityRefused(ProducerBatch batch, Throwable failure) {
        if (!sender.settings().idempotent()) {
            reject(batch, failure);
            return;
        }
        renewal = new Renewal(true, false);
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
        if (identity != null && identity.equals(batch.identity())) {
            gaps.put(batch.position(), batch.mayBeStored() ? Gap.UNKNOWN : Gap.CERTAIN);
        }
    }

    private void closeGaps() {
        if (!inFlight.isEmpty()) {
            return;
        }
        Renewal wanted = renewal;
        if (wanted != null) {
            renew(wanted);
        }
        Map.Entry<Long, Gap> first = gaps.firstEntry();
        if (first == null) {
            return;
        }
        ProducerBatch next = resend.isEmpty() ? null : resend.get(0);
        boolean earlierToResend = next != null && next.position() < first.getKey();
        if (!earlierToResend && (next == null || first.getValue() == Gap.CERTAIN)) {
            renew(new Renewal(false, first.getValue() == Gap.CERTAIN));
        }
    }

    private void renew(Renewal wanted) {
        for (ProducerBatch batch : List.copyOf(resend)) {
            if (wanted.nothingStored()) {
                batch.setMayBeStored(false);
            } else if (batch.mayBeStored()) {
                resend.remove(batch);
                batch.fail(new UnknownOutcomeException(
                        "the sequence of " + partition
                                + " had to begin anew, and the record may be stored under the old",
                        batch.lastFailure()));
            }
        }
        ProducerIdentity old = identity;
        if (old != null) {
            LOG.atInfo()
                    .addKeyValue("partition", partition)
                    .addKeyValue("producerId", old.id())
                    .addKeyValue("epoch", old.epoch())
                    .log("beginning a new sequence");
            if (wanted.needsNewId() || !old.canBump()) {
                sender.ids().discard(old.id());
                identity = null;
            } else {
                identity = old.bumped();
            }
        }
        gaps.clear();
        renewal = null;
        nextSequence = 0;
        identityIsProven = false;
        outOfOrderInARow = 0;
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
                : cause.equals(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception());
        return unknown
                ? new RejectedRecordException(partition + " did not exist within the delivery timeout", cause)
                : new NotSentException("no broker took the record for " + partition + " in time", cause);
    }

    void close() {
        alarm.cancel();
    }
}
