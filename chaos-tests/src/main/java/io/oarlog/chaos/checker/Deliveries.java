package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What subscribers polled, and when they last did. Confined to one check. */
final class Deliveries {
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
