package io.oarlog.chaos.report;

import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a timeline of the operations of some histories, all in the order of their times; one that goes back in time counts as
 * now. What it keeps grows with seconds, faults and sends under way, not with operations. Confined to one thread.
 */
final class TimelineBuilder {
    /** More than two days: a time beyond is an error of the history, not a second to be kept. */
    static final int MOST_SECONDS = 200_000;

    private record Sender(int history, long process) {}

    private final Map<Sender, Long> underWay = new HashMap<>();
    private final FaultSpans faults = new FaultSpans();
    private final SilenceWatch silences = new SilenceWatch();
    private @Nullable SecondCounter seconds;
    private long firstNanos;
    private long nowNanos;
    private long beyond;
    private @Nullable Long finalReadsNanos;

    /** @param history where it stands, from 0: processes of different histories are different */
    void accept(int history, Op op) {
        if (seconds == null) {
            firstNanos = Math.max(0, op.timeNanos());
            nowNanos = firstNanos;
            seconds = new SecondCounter(firstNanos);
        } else if ((op.timeNanos() - firstNanos) / 1_000_000_000 >= MOST_SECONDS) {
            beyond++;
            return;
        }
        nowNanos = Math.max(nowNanos, op.timeNanos());
        seconds.advance(nowNanos);
        if (op.value() instanceof Event event) {
            if (op.type() == OpType.OK || op.type() == OpType.INFO) {
                faults.on(history, op.function(), event.text(), nowNanos);
            }
        } else if (op.type() == OpType.INVOKE) {
            invoked(new Sender(history, op.process()), op);
        } else {
            ended(seconds, new Sender(history, op.process()), op);
        }
    }

    private void invoked(Sender sender, Op op) {
        if (sends(op)) {
            underWay.put(sender, nowNanos);
            silences.tried(nowNanos);
        }
        if (finalReadsNanos == null && op.value() instanceof Keys keys && keys.fromBeginning()) {
            finalReadsNanos = nowNanos;
        }
    }

    private void ended(SecondCounter current, Sender sender, Op op) {
        if (op.type() == OpType.OK) {
            current.polled(polled(op));
        }
        if (!sends(op)) {
            return;
        }
        Long begunNanos = underWay.remove(sender);
        current.sent(op.type());
        faults.sent(op.type(), nowNanos);
        if (op.type() != OpType.OK) {
            silences.tried(nowNanos);
            return;
        }
        silences.acknowledged(nowNanos);
        if (begunNanos != null) {
            current.took(nowNanos - begunNanos);
            faults.took(nowNanos - begunNanos);
        }
    }

    private static boolean sends(Op op) {
        return op.microOps().stream().anyMatch(Send.class::isInstance);
    }

    private static int polled(Op op) {
        return op.microOps().stream()
                .mapToInt(microOp -> microOp instanceof Poll poll && poll.records() != null
                        ? poll.records().values().stream().mapToInt(List::size).sum()
                        : 0)
                .sum();
    }

    /**
     * The timeline of all that was given. Whoever has not heard the end of its send waits until the final reads.
     *
     * @param notes what went wrong before it was given
     */
    Timeline end(List<String> notes) {
        List<String> allNotes = new ArrayList<>(notes);
        if (beyond > 0) {
            allNotes.add(beyond + " operations are left out: they stand more than " + MOST_SECONDS
                    + " s behind the first one");
        }
        if (!underWay.isEmpty()) {
            silences.tried(finalReadsNanos == null ? nowNanos : finalReadsNanos);
        }
        return new Timeline(
                seconds == null ? List.of() : seconds.seconds(),
                faults.spans(nowNanos),
                silences.longest(),
                underWay.size(),
                finalReadsNanos,
                allNotes);
    }
}
