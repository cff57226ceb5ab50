package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.util.List;
import java.util.Map;

/** Is told of each send and each polled record of a history, in its order. */
interface LogEvents {
    default void onSendInvoked(Op op, Send send) {}

    /** A send has ended, in whichever way. */
    default void onSendEnded(Op op, Send send) {}

    /** A record was seen. That holds whatever the type of the operation, also in a transaction that was aborted. */
    default void onPolled(Op op, int key, Seen seen) {}

    /** Walks through the whole history. */
    static void tell(History history, LogEvents events) {
        for (Op op : history.ops()) {
            for (MicroOp microOp : op.microOps()) {
                if (microOp instanceof Send send) {
                    if (op.type() == OpType.INVOKE) {
                        events.onSendInvoked(op, send);
                    } else {
                        events.onSendEnded(op, send);
                    }
                } else if (microOp instanceof Poll poll && poll.records() != null) {
                    tell(op, poll.records(), events);
                }
            }
        }
    }

    private static void tell(Op op, Map<Integer, List<Seen>> records, LogEvents events) {
        for (Map.Entry<Integer, List<Seen>> ofKey : records.entrySet()) {
            for (Seen seen : ofKey.getValue()) {
                events.onPolled(op, ofKey.getKey(), seen);
            }
        }
    }
}
