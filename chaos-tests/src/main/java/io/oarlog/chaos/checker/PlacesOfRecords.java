package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;

/** Is told of each offset of a value, in the order of the history, by acknowledged sends and by polls. */
interface PlacesOfRecords {
    void onPlace(int op, int key, long offset, long value);

    /** Walks through the whole history. */
    static void tell(History history, PlacesOfRecords places) {
        LogEvents.tell(history, new LogEvents() {
            @Override
            public void onSendEnded(Op op, Send send) {
                if (op.type() == OpType.OK && send.offset() != null) {
                    places.onPlace((int) op.index(), send.key(), send.offset(), send.value());
                }
            }

            @Override
            public void onPolled(Op op, int key, Seen seen) {
                places.onPlace((int) op.index(), key, seen.offset(), seen.value());
            }
        });
    }
}
