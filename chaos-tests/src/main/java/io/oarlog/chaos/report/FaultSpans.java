package io.oarlog.chaos.report;

import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * When which fault was open, told by more than one history: each fault counts once. Confined to one thread.
 */
final class FaultSpans {
    /** The same text may come again: its n-th fault is healed by its n-th heal, in each history alike. */
    private record Key(String text, int occurrence) {}

    private record Count(int history, OpFunction function, String text) {}

    private final Map<Count, Integer> told = new HashMap<>();
    private final Map<Key, Span> byKey = new HashMap<>();
    private final List<Span> all = new ArrayList<>();
    private final List<Span> open = new ArrayList<>();

    /** The nemesis did something. */
    void on(int history, OpFunction function, String text, long nowNanos) {
        Key key = new Key(text, told.merge(new Count(history, function, text), 1, Integer::sum));
        Span span = byKey.get(key);
        if (function == OpFunction.FAULT && span == null) {
            begin(key, nowNanos);
        } else if (function == OpFunction.HEAL && span != null && open.remove(span)) {
            span.endNanos = nowNanos;
            span.isHealed = true;
            span.breakSilence(nowNanos);
        }
    }

    private void begin(Key key, long nowNanos) {
        Span span = new Span(key.text(), nowNanos);
        byKey.put(key, span);
        all.add(span);
        open.add(span);
    }

    /** A send ended. */
    void sent(OpType type, long nowNanos) {
        for (Span span : open) {
            switch (type) {
                case OK -> {
                    span.acknowledged++;
                    span.breakSilence(nowNanos);
                }
                case FAIL -> span.refused++;
                case INFO -> span.unknown++;
                case INVOKE -> throw new IllegalArgumentException("an invocation ends nothing");
            }
        }
    }

    /** One that was acknowledged took so long. */
    void took(long nanos) {
        for (Span span : open) {
            span.slowestNanos = Math.max(span.slowestNanos, nanos);
        }
    }

    /** In the order of their begin; those that are open last until now. */
    List<FaultSpan> spans(long nowNanos) {
        return all.stream().map(span -> span.atEnd(nowNanos)).toList();
    }

    private static final class Span {
        private final String text;
        private final long beginNanos;
        private long endNanos;
        private boolean isHealed;
        private int acknowledged;
        private int refused;
        private int unknown;
        private long lastNanos;
        private long silenceNanos;
        private long slowestNanos;

        Span(String text, long beginNanos) {
            this.text = text;
            this.beginNanos = beginNanos;
            this.lastNanos = beginNanos;
        }

        void breakSilence(long nowNanos) {
            silenceNanos = Math.max(silenceNanos, nowNanos - lastNanos);
            lastNanos = nowNanos;
        }

        FaultSpan atEnd(long nowNanos) {
            if (!isHealed) {
                endNanos = nowNanos;
                breakSilence(nowNanos);
            }
            return new FaultSpan(
                    text, beginNanos, endNanos, isHealed, acknowledged, refused, unknown, silenceNanos, slowestNanos);
        }
    }
}
