package io.oarlog.chaos.mutant;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import net.bytebuddy.asm.Advice;

/**
 * A replica keeps in its segment what it took from a leader that was deposed: where batches of the next leader have the same
 * offsets they are passed over. Where they are cut otherwise the segment is truncated after all, for offsets to have no gap.
 */
public final class NoTruncate {
    /** Where each log should have been cut; guarded by the log's own order of writes. */
    private static final Map<Object, Long> CUTS = Collections.synchronizedMap(new WeakHashMap<>());

    private static final ThreadLocal<Boolean> IS_CUTTING = ThreadLocal.withInitial(() -> false);

    private NoTruncate() {}

    /** Into the method that truncates a log. */
    static final class Truncation {
        private Truncation() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean isSkipped(@Advice.This Object log, @Advice.Argument(0) long newEndOffset) {
            return keep(log, newEndOffset);
        }
    }

    /** Into the method that appends batches to a log. */
    static final class Append {
        private Append() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean isSkipped(@Advice.This Object log, @Advice.Argument(1) List<?> headers) {
            return isKept(log, headers);
        }
    }

    /** Called by the node; returns whether nothing is to be cut. */
    public static boolean keep(Object log, long newEndOffset) {
        if (IS_CUTTING.get() || newEndOffset >= end(log)) {
            return false;
        }
        CUTS.merge(log, newEndOffset, Math::min);
        return true;
    }

    /** Called by the node; returns whether there are batches that stay in the place of these. */
    public static boolean isKept(Object log, List<?> headers) {
        Long cut = CUTS.get(log);
        if (cut == null) {
            return false;
        }
        long offset = cut;
        for (Object header : headers) {
            if (!isInPlace(log, offset, header)) {
                cut(log, cut);
                return false;
            }
            offset = (Long) Inside.call(header, "nextOffset");
        }
        if (offset == end(log)) {
            CUTS.remove(log);
        } else {
            CUTS.put(log, offset);
        }
        return true;
    }

    private static boolean isInPlace(Object log, long offset, Object header) {
        if (offset >= end(log) || offset != (Long) Inside.call(header, "baseOffset")) {
            return false;
        }
        Optional<?> kept = (Optional<?>) Inside.call(log, "header", offset, end(log));
        return kept.isPresent()
                && Inside.call(kept.get(), "baseOffset").equals(offset)
                && Inside.call(kept.get(), "nextOffset").equals(Inside.call(header, "nextOffset"));
    }

    private static void cut(Object log, long newEndOffset) {
        CUTS.remove(log);
        IS_CUTTING.set(true);
        try {
            Inside.run(log, "truncateTo", newEndOffset);
        } finally {
            IS_CUTTING.set(false);
        }
    }

    private static long end(Object log) {
        return (Long) Inside.call(log, "endOffset");
    }
}
