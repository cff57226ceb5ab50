package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Keys of a group that nobody reads though somebody should: what is acknowledged after the last fault was healed, and after
 * some time for the group to settle, is polled by a subscriber in time. Each key is told of once. Stateless.
 *
 * <p>A send is judged only if a subscriber of its key still polled anything when that time was over: so a run that stops its
 * subscribers is not blamed on the group. A history that ends with a fault open is not judged.
 */
final class OwnerlessChecker implements Checker {
    private final Duration settle;
    private final Duration within;

    /**
     * @param settle time after the last heal, for sessions to end, members to join again and to read what has gathered
     * @param within how long after its acknowledgement a record may wait for a subscriber; more than a session and a rebalance
     *     if subscribers crash to the end
     */
    OwnerlessChecker(Duration settle, Duration within) {
        this.settle = settle;
        this.within = within;
    }

    @Override
    public String name() {
        return "ownerless";
    }

    @Override
    public Verdict check(History history) {
        OpenFaults faults = new OpenFaults();
        int changedBy = KeyRecords.NONE;
        for (Op op : history.ops()) {
            if (op.isNemesis()) {
                faults.on(op);
                changedBy = (int) op.index();
            }
        }
        if (!faults.texts().isEmpty()) {
            return Verdict.unknown(name(), "still open at the end: " + String.join(", ", faults.texts()));
        }
        Deliveries deliveries = new Deliveries();
        history.ops().forEach(deliveries::on);
        Watch watch = new Watch(history, changedBy, deliveries);
        LogEvents.tell(history, watch);
        return watch.verdict();
    }

    private final class Watch implements LogEvents {
        final History history;
        final int changedBy;
        final long fromNanos;
        final Deliveries deliveries;
        final Map<Integer, Long> lastPollNanos = new HashMap<>();
        final SortedMap<Integer, Waiting> waiting = new TreeMap<>();
        long examined;

        Watch(History history, int changedBy, Deliveries deliveries) {
            this.history = history;
            this.changedBy = changedBy;
            this.deliveries = deliveries;
            long healedNanos = changedBy == KeyRecords.NONE
                    ? 0
                    : history.ops().get(changedBy).timeNanos();
            this.fromNanos = healedNanos + settle.toNanos();
        }

        @Override
        public void onSendEnded(Op op, Send send) {
            long deadlineNanos = op.timeNanos() + within.toNanos();
            if (op.type() != OpType.OK
                    || op.timeNanos() < fromNanos
                    || lastPollNanos.computeIfAbsent(send.key(), deliveries::lastPollNanos) < deadlineNanos) {
                return;
            }
            examined++;
            int polled = deliveries.firstPoll(send.key(), send.value());
            if (polled == KeyRecords.NONE || history.ops().get(polled).timeNanos() > deadlineNanos) {
                waiting.computeIfAbsent(send.key(), key -> new Waiting(op, send, polled)).count++;
            }
        }

        Verdict verdict() {
            Findings findings = new Findings(name());
            waiting.forEach((key, ofKey) -> findings.add(
                    ofKey.first.index(),
                    () -> new Anomaly(
                            "key " + key + ": no subscriber polled within " + within.toMillis() + " ms what was "
                                    + "acknowledged from " + TimeUnit.NANOSECONDS.toMillis(ofKey.first.timeNanos())
                                    + " ms on, "
                                    + ofKey.count + " records in all",
                            new Evidence(history, key)
                                    .op(changedBy)
                                    .invocationOf((int) ofKey.first.index())
                                    .op((int) ofKey.first.index())
                                    .poll(ofKey.polledAtLast, ofKey.firstOffset())
                                    .ops())));
            return findings.verdict(examined, "sends after the last fault");
        }
    }

    /** Acknowledged records of one key that waited too long. */
    private static final class Waiting {
        final Op first;
        private final Send firstSend;
        final int polledAtLast;
        int count;

        Waiting(Op first, Send firstSend, int polledAtLast) {
            this.first = first;
            this.firstSend = firstSend;
            this.polledAtLast = polledAtLast;
        }

        long firstOffset() {
            return firstSend.offset() == null ? KeyRecords.UNKNOWN : firstSend.offset();
        }
    }
}
