package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** A fetch in a {@link FetchScope} that says so reads to the end of the segments of this node, committed or not. */
public final class UncommittedReads {
    private UncommittedReads() {}

    /** Into the method that reads one partition for a fetch, in place of {@link FetchScope.Around}. */
    static final class OfLeaders {
        private OfLeaders() {}

        @Advice.OnMethodEnter
        static void begin() {
            FetchScope.enter();
            FetchScope.readUncommitted();
        }

        @Advice.OnMethodExit(onThrowable = Throwable.class)
        static void end() {
            FetchScope.leave();
        }
    }

    /** Into the method that tells a partition's high watermark. */
    static final class HighWatermark {
        private HighWatermark() {}

        @Advice.OnMethodExit
        static void exit(
                @Advice.FieldValue("log") @Nullable Object log, @Advice.Return(readOnly = false) long highWatermark) {
            if (FetchScope.readsUncommitted() && log != null) {
                highWatermark = endOf(log);
            }
        }
    }

    /** Into the method that reads a log up to its third argument. */
    static final class ReadBound {
        private ReadBound() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 2, readOnly = false) long endOffset) {
            if (FetchScope.readsUncommitted()) {
                endOffset = Long.MAX_VALUE;
            }
        }
    }

    /** Into the method that finds a region of a log up to its fourth argument. */
    static final class RegionBound {
        private RegionBound() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 3, readOnly = false) long endOffset) {
            if (FetchScope.readsUncommitted()) {
                endOffset = Long.MAX_VALUE;
            }
        }
    }

    /** Called by the node. */
    public static long endOf(Object log) {
        return (Long) Inside.call(log, "endOffset");
    }
}
