package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Keys that take no sends though they should: for longer than a bound clients tried in vain, while the nemesis had left no
 * fault open, or one alone whose text begins with {@code minority}. Stateless.
 *
 * <p>What is sound: the time in vain of a key begins with a send that is invoked after the last change of the faults, so that
 * sends that hang from before do not count, and each change of the faults begins it anew. It ends with the next send to the
 * key that is acknowledged, whenever that was invoked. It counts only while clients try: a send is under way, or the last one
 * ended no longer than a pause ago. While a fault begins or is healed nothing counts. So a verdict of invalid says that for
 * the bound, under one unchanged set of faults, there was always somebody who tried, and nobody who was told of a success.
 * What is not judged: keys to which nobody sends, and periods shorter than the bound.
 */
final class LivenessChecker implements Checker {
    private static final String MINORITY = "minority ";

    private final Duration within;
    private final Duration pause;

    /**
     * @param within how long a key may take no send: elections and the clients' own waits
     * @param pause clients that let longer pass between two sends to a key have stopped trying
     */
    LivenessChecker(Duration within, Duration pause) {
        this.within = within;
        this.pause = pause;
    }

    @Override
    public String name() {
        return "liveness";
    }

    @Override
    public Verdict check(History history) {
        return new Watch(history).verdict();
    }

    private final class Watch {
        final History history;
        final Findings findings = new Findings(name());
        final OpenFaults faults = new OpenFaults();
        final SortedMap<Integer, SendAttempts> byKey = new TreeMap<>();
        final LongIntMap invoked = new LongIntMap();
        /** The last change of the faults, or {@link KeyRecords#NONE}. */
        int changedBy = KeyRecords.NONE;

        String period = "before any fault";
        boolean isJudged = true;
        long sends;
        long longestNanos;

        Watch(History history) {
            this.history = history;
        }

        Verdict verdict() {
            for (Op op : history.ops()) {
                if (op.isNemesis()) {
                    onNemesis(op);
                } else {
                    onClient(op);
                }
            }
            if (!history.ops().isEmpty()) {
                endPeriod(history.ops().get(history.ops().size() - 1).timeNanos());
            }
            return findings.verdict(
                    sends,
                    "sends without a fault or under one of a minority; longest in vain: " + millis(longestNanos));
        }

        private void onNemesis(Op op) {
            if (!(op.value() instanceof Event event)) {
                return;
            }
            endPeriod(op.timeNanos());
            faults.on(op);
            changedBy = (int) op.index();
            isJudged = !faults.areChanging()
                    && (faults.texts().isEmpty()
                            || (faults.texts().size() == 1
                                    && faults.texts().iterator().next().startsWith(MINORITY)));
            period = faults.texts().isEmpty()
                    ? "after the end of `" + event.text() + "`"
                    : "under `" + String.join("`, `", faults.texts()) + "`";
        }

        private void endPeriod(long timeNanos) {
            byKey.forEach((key, attempts) -> report(key, attempts, attempts.triedUntil(timeNanos), KeyRecords.NONE));
            byKey.clear();
        }

        private void onClient(Op op) {
            if (op.type() == OpType.INVOKE) {
                invoked.put(op.process(), (int) op.index());
            }
            if (!isJudged) {
                return;
            }
            for (int key : keysSent(op)) {
                SendAttempts attempts = byKey.computeIfAbsent(key, k -> new SendAttempts());
                long triedUntil = attempts.triedUntil(op.timeNanos());
                if (op.timeNanos() - triedUntil > pause.toNanos()) {
                    report(key, attempts, triedUntil, KeyRecords.NONE);
                    attempts.stop();
                }
                if (op.type() == OpType.INVOKE) {
                    sends++;
                    attempts.begin(op);
                } else {
                    if (op.type() == OpType.OK) {
                        report(key, attempts, op.timeNanos(), (int) op.index());
                    }
                    attempts.end(op, invoked.get(op.process()) > changedBy);
                }
            }
        }

        private List<Integer> keysSent(Op op) {
            return op.microOps().stream()
                    .filter(Send.class::isInstance)
                    .map(microOp -> ((Send) microOp).key())
                    .distinct()
                    .toList();
        }

        /** @param success the acknowledgement that ended the time in vain, or {@link KeyRecords#NONE} */
        private void report(int key, SendAttempts attempts, long endNanos, int success) {
            if (!attempts.areInVain()) {
                return;
            }
            long nanos = endNanos - attempts.sinceNanos();
            longestNanos = Math.max(longestNanos, nanos);
            if (nanos <= within.toNanos()) {
                return;
            }
            int changed = changedBy;
            int first = attempts.firstOp();
            int last = attempts.lastOp();
            String description = "key " + key + ": no send was acknowledged from " + millis(attempts.sinceNanos())
                    + " to " + millis(endNanos) + ", " + period;
            findings.add(
                    first,
                    () -> new Anomaly(
                            description,
                            new Evidence(history, key)
                                    .op(changed)
                                    .op(first)
                                    .op(last)
                                    .op(success)
                                    .ops()));
        }

        private static String millis(long nanos) {
            return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
        }
    }
}
