package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
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

    /** What subscribers polled. */
    private static final class Deliveries {
        /** The consumer of one process that subscribes. */
        private static final class Subscriber {
            final List<Integer> keys;
            long lastPollNanos;

            Subscriber(List<Integer> keys, long nowNanos) {
                this.keys = keys;
                this.lastPollNanos = nowNanos;
            }
        }

        private final Map<Long, Subscriber> subscribers = new HashMap<>();
        private final Map<Integer, Long> lastPollNanos = new HashMap<>();
        /** The first operation that polled each value, by key. */
        private final Map<Integer, LongIntMap> delivered = new HashMap<>();

        void on(Op op) {
            if (op.type() == OpType.OK && op.value() instanceof Keys keys) {
                remove(op.process());
                if (op.function() == OpFunction.SUBSCRIBE) {
                    subscribers.put(op.process(), new Subscriber(keys.keys(), op.timeNanos()));
                }
            }
            Subscriber subscriber = subscribers.get(op.process());
            if (subscriber != null) {
                onPolls(subscriber, op);
            }
            if (op.type() == OpType.INFO) {
                remove(op.process());
            }
        }

        private void onPolls(Subscriber subscriber, Op op) {
            for (MicroOp microOp : op.microOps()) {
                if (microOp instanceof Poll poll) {
                    if (poll.records() == null) {
                        subscriber.lastPollNanos = op.timeNanos();
                    } else {
                        poll.records().forEach((key, records) -> deliver(op, key, records));
                    }
                }
            }
        }

        private void deliver(Op op, int key, List<Seen> records) {
            LongIntMap ofKey = delivered.computeIfAbsent(key, k -> new LongIntMap());
            for (Seen seen : records) {
                ofKey.putIfAbsent(seen.value(), (int) op.index());
            }
        }

        private void remove(long process) {
            Subscriber gone = subscribers.remove(process);
            if (gone != null) {
                gone.keys.forEach(key -> lastPollNanos.merge(key, gone.lastPollNanos, Math::max));
            }
        }

        /** When a subscriber of the key invoked a poll last; before all else if none did. */
        long lastPollNanos(int key) {
            long last = lastPollNanos.getOrDefault(key, Long.MIN_VALUE);
            for (Subscriber subscriber : subscribers.values()) {
                if (subscriber.keys.contains(key)) {
                    last = Math.max(last, subscriber.lastPollNanos);
                }
            }
            return last;
        }

        /** The first operation of a subscriber that polled the value, or {@link KeyRecords#NONE}. */
        int firstPoll(int key, long value) {
            LongIntMap ofKey = delivered.get(key);
            return ofKey == null ? KeyRecords.NONE : ofKey.get(value);
        }
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
                waiting.computeIfAbsent(send.key(), key -> new Waiting(op, polled)).count++;
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
                                    .op(ofKey.polledAtLast)
                                    .ops())));
            return findings.verdict(examined, "sends after the last fault");
        }
    }

    /** Acknowledged records of one key that waited too long. */
    private static final class Waiting {
        final Op first;
        final int polledAtLast;
        int count;

        Waiting(Op first, int polledAtLast) {
            this.first = first;
            this.polledAtLast = polledAtLast;
        }
    }
}
