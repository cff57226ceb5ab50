package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The records that a history tells of, by key. Confined to one check.
 *
 * <p>An offset is taken from acknowledged sends and from polls; from a send whose end is unknown only when a poll has seen
 * what was sent with it, since then all of that operation took effect.
 */
final class Records {
    private final Map<Integer, KeyRecords> byKey = new HashMap<>();

    private Records() {}

    /** @throws IllegalArgumentException if one value is sent to one key twice */
    static Records of(History history) {
        Records records = new Records();
        Collector collector = records.new Collector();
        LogEvents.tell(history, collector);
        collector.uncertain.forEach(records::settle);
        return records;
    }

    Collection<KeyRecords> byKey() {
        return byKey.values();
    }

    /** The records of a key that the history tells of. */
    KeyRecords of(int key) {
        return byKey.computeIfAbsent(key, KeyRecords::new);
    }

    /** The sum over all keys. */
    long sum(ToLongFunction<KeyRecords> count) {
        return byKey.values().stream().mapToLong(count).sum();
    }

    /** Those that are in the log beyond doubt. */
    long certain() {
        return sum(ofKey -> {
            long count = 0;
            for (int row = 0; row < ofKey.size(); row++) {
                count += ofKey.isCertain(row) ? 1 : 0;
            }
            return count;
        });
    }

    /** All that was sent or seen. */
    long all() {
        return sum(KeyRecords::size);
    }

    private void settle(Op op) {
        if (op.microOps().stream().noneMatch(this::isSeen)) {
            return;
        }
        for (MicroOp microOp : op.microOps()) {
            if (microOp instanceof Send send) {
                of(send.key()).setCertain(send.value());
                if (send.offset() != null) {
                    of(send.key()).place(send.value(), send.offset(), (int) op.index());
                }
            }
        }
    }

    private boolean isSeen(MicroOp microOp) {
        if (microOp instanceof Send send) {
            KeyRecords ofKey = of(send.key());
            return ofKey.isPolled(ofKey.row(send.value()));
        }
        return false;
    }

    private final class Collector implements LogEvents {
        private final List<Op> uncertain = new ArrayList<>();

        @Override
        public void onSendInvoked(Op op, Send send) {
            of(send.key()).invoke(send.value(), (int) op.index());
        }

        @Override
        public void onSendEnded(Op op, Send send) {
            KeyRecords ofKey = of(send.key());
            ofKey.end(send.value(), (int) op.index());
            if (op.type() == OpType.OK) {
                ofKey.setCertain(send.value());
                if (send.offset() != null) {
                    ofKey.place(send.value(), send.offset(), (int) op.index());
                }
            } else if (op.type() == OpType.INFO) {
                uncertain.add(op);
            }
        }

        @Override
        public void onPolled(Op op, int key, Seen seen) {
            of(key).poll(seen.value(), seen.offset(), (int) op.index());
        }
    }
}
