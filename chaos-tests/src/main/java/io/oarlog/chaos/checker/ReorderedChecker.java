package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.Map;

/**
 * Reordered records: the sends of one process to one key, one after the other, with offsets that do not rise; and records
 * of one key within one poll whose offsets do not. Stateless.
 *
 * <p>A send whose end is unknown counts with the offset at which it was polled: it came after those that its process had
 * been told of.
 */
final class ReorderedChecker implements Checker {
    @Override
    public String name() {
        return "reordered";
    }

    @Override
    public Verdict check(History history) {
        Order order = new Order(history);
        LogEvents.tell(history, order);
        return order.findings.verdict(order.sends + order.polled, "sends and polled records");
    }

    private static final class Order implements LogEvents {
        private record Sent(int op, long offset) {}

        final History history;
        final Records records;
        final Findings findings = new Findings("reordered");
        /** By process and key. */
        final Map<Long, Map<Integer, Sent>> lastSends = new HashMap<>();

        long sends;
        long polled;
        long polledBy = KeyRecords.NONE;
        int polledKey;
        long polledOffset;

        Order(History history) {
            this.history = history;
            this.records = Records.of(history);
        }

        @Override
        public void onSendEnded(Op op, Send send) {
            KeyRecords ofKey = records.of(send.key());
            int row = ofKey.row(send.value());
            long offset = send.offset() == null ? ofKey.offset(row) : send.offset();
            boolean counts = op.type() == OpType.OK || ofKey.isPolled(row);
            if (counts && offset != KeyRecords.UNKNOWN) {
                sends++;
                Map<Integer, Sent> byKey = lastSends.computeIfAbsent(op.process(), process -> new HashMap<>());
                Sent before = byKey.put(send.key(), new Sent((int) op.index(), offset));
                if (before != null && before.offset() >= offset) {
                    findings.add(op.index(), () -> sent(ofKey, before, new Sent((int) op.index(), offset)));
                }
            }
            if (op.type() == OpType.INFO) {
                lastSends.remove(op.process());
            }
        }

        @Override
        public void onPolled(Op op, int key, Seen seen) {
            polled++;
            if (polledBy == op.index() && polledKey == key && polledOffset >= seen.offset()) {
                long before = polledOffset;
                findings.add(op.index(), () -> polled((int) op.index(), key, before, seen.offset()));
            }
            polledBy = op.index();
            polledKey = key;
            polledOffset = seen.offset();
        }

        private Anomaly sent(KeyRecords ofKey, Sent before, Sent after) {
            return new Anomaly(
                    "key " + ofKey.key() + ": process "
                            + history.ops().get(after.op()).process() + " sent to offset " + after.offset()
                            + " after it had sent to offset " + before.offset(),
                    new Evidence(history, ofKey.key())
                            .told(before.op(), before.offset())
                            .told(after.op(), after.offset())
                            .ops());
        }

        private Anomaly polled(int op, int key, long before, long after) {
            return new Anomaly(
                    "key " + key + ": one poll gave offset " + after + " behind offset " + before,
                    new Evidence(history, key).poll(op, before).poll(op, after).ops());
        }
    }
}
