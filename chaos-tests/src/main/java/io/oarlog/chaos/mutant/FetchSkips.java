package io.oarlog.chaos.mutant;

import java.nio.ByteBuffer;
import java.util.Optional;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** A fetch leaves out the first batch of a leader epoch, where batches of the epoch before and of its own surround it. */
public final class FetchSkips {
    private static final int LENGTH_POSITION = 8;
    private static final int LENGTH_END = 12;
    private static final int LEADER_EPOCH_POSITION = 12;

    private FetchSkips() {}

    /** Into the method that reads a partition's batches. */
    static final class Read {
        private Read() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) ByteBuffer batches) {
            if (FetchScope.isActive()) {
                batches = withoutFirstOfEpoch(batches);
            }
        }
    }

    /** Into the method that leaves a partition's batches in their file: those are to be read as well. */
    static final class Region {
        private Region() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean isSkipped() {
            return FetchScope.isActive();
        }

        @Advice.OnMethodExit
        static void exit(
                @Advice.Enter boolean isSkipped,
                @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object region) {
            if (isSkipped) {
                region = Optional.empty();
            }
        }
    }

    /** Called by the node. The last batch stays: the next fetch would begin with it. */
    public static ByteBuffer withoutFirstOfEpoch(ByteBuffer batches) {
        int previous = batches.position();
        int position = end(batches, previous);
        while (position < batches.limit()) {
            int end = end(batches, position);
            if (epoch(batches, position) != epoch(batches, previous) && end < batches.limit()) {
                return ByteBuffer.allocate(batches.remaining() - (end - position))
                        .put(batches.slice(batches.position(), position - batches.position()))
                        .put(batches.slice(end, batches.limit() - end))
                        .flip();
            }
            previous = position;
            position = end;
        }
        return batches;
    }

    private static int epoch(ByteBuffer batches, int position) {
        return batches.getInt(position + LEADER_EPOCH_POSITION);
    }

    private static int end(ByteBuffer batches, int position) {
        return batches.hasRemaining() ? position + LENGTH_END + batches.getInt(position + LENGTH_POSITION) : position;
    }
}
