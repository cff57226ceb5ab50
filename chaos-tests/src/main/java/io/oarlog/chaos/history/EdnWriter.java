package io.oarlog.chaos.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a history in EDN, as Jepsen keeps its own: one map a line, each line ended by a line feed. Confined to one thread
 * at a time.
 *
 * <pre>
 * {:index 0, :time 123, :process 4, :type :invoke, :f :send, :value [[:send 3 17]]}
 * </pre>
 */
public final class EdnWriter implements Closeable, Flushable {
    private final Writer out;
    private final StringBuilder line = new StringBuilder(256);

    /** @param out is closed with this */
    public EdnWriter(Writer out) {
        this.out = out;
    }

    /** Begins a new file, or an existing one anew. */
    public static EdnWriter to(Path file) throws IOException {
        return new EdnWriter(new BufferedWriter(new OutputStreamWriter(Files.newOutputStream(file), UTF_8)));
    }

    /** Hands one line to the writer below, in one call. */
    public void write(Op op) throws IOException {
        line.setLength(0);
        line.append("{:index ").append(op.index());
        line.append(", :time ").append(op.timeNanos());
        line.append(", :process ");
        if (op.isNemesis()) {
            line.append(":nemesis");
        } else {
            line.append(op.process());
        }
        line.append(", :type :").append(op.type().keyword());
        line.append(", :f :").append(op.function().keyword());
        line.append(", :value ");
        appendValue(op.value());
        if (op.value() instanceof Keys keys && keys.fromBeginning()) {
            line.append(", :seek-to-beginning? true");
        }
        if (!op.rebalanced().isEmpty()) {
            line.append(", :rebalance-log [{:keys ");
            appendVector(op.rebalanced());
            line.append("}]");
        }
        if (op.error() != null) {
            line.append(", :error ");
            appendString(op.error());
        }
        line.append("}\n");
        out.append(line);
    }

    private void appendValue(OpValue value) {
        if (value instanceof MicroOps microOps) {
            appendMicroOps(microOps.list());
        } else if (value instanceof Keys keys) {
            appendVector(keys.keys());
        } else if (value instanceof Offsets offsets) {
            appendOffsets(offsets);
        } else if (value instanceof Register register) {
            appendPair(register.key(), register.value());
        } else if (value instanceof CompareAndSet cas) {
            line.append('[').append(cas.key()).append(' ');
            appendPair(cas.expected(), cas.updated());
            line.append(']');
        } else if (value instanceof Event event) {
            appendString(event.text());
        } else if (value instanceof Nothing) {
            line.append("nil");
        } else {
            throw new AssertionError(value);
        }
    }

    private void appendMicroOps(List<MicroOp> microOps) {
        line.append('[');
        String gap = "";
        for (MicroOp microOp : microOps) {
            line.append(gap);
            gap = " ";
            if (microOp instanceof MicroOp.Send send) {
                appendSend(send);
            } else if (microOp instanceof MicroOp.Poll poll) {
                appendPoll(poll);
            } else {
                throw new AssertionError(microOp);
            }
        }
        line.append(']');
    }

    private void appendSend(MicroOp.Send send) {
        line.append("[:send ").append(send.key()).append(' ');
        if (send.offset() == null) {
            line.append(send.value());
        } else {
            appendPair(send.offset(), send.value());
        }
        line.append(']');
    }

    private void appendPoll(MicroOp.Poll poll) {
        line.append("[:poll");
        if (poll.records() != null) {
            line.append(" {");
            String gap = "";
            for (Map.Entry<Integer, List<MicroOp.Seen>> ofKey : poll.records().entrySet()) {
                line.append(gap).append(ofKey.getKey().intValue()).append(" [");
                gap = ", ";
                String recordGap = "";
                for (MicroOp.Seen seen : ofKey.getValue()) {
                    line.append(recordGap);
                    recordGap = " ";
                    appendPair(seen.offset(), seen.value());
                }
                line.append(']');
            }
            line.append('}');
        }
        line.append(']');
    }

    private void appendOffsets(Offsets offsets) {
        line.append('{');
        String gap = "";
        for (Map.Entry<Integer, Long> ofKey : offsets.byKey().entrySet()) {
            line.append(gap).append(ofKey.getKey().intValue()).append(' ').append(ofKey.getValue());
            gap = ", ";
        }
        line.append('}');
    }

    private void appendVector(Collection<Integer> numbers) {
        line.append('[');
        String gap = "";
        for (int number : numbers) {
            line.append(gap).append(number);
            gap = " ";
        }
        line.append(']');
    }

    private void appendPair(long first, @Nullable Long second) {
        line.append('[').append(first).append(' ');
        if (second == null) {
            line.append("nil");
        } else {
            line.append(second.longValue());
        }
        line.append(']');
    }

    /** EDN knows these escapes alone; all other characters stand for themselves. */
    private void appendString(String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> line.append(c);
            }
        }
        line.append('"');
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
