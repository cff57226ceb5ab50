package io.oarlog.chaos.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import us.bpsm.edn.Keyword;

/**
 * One parsed line of EDN, to be understood as an operation. Whatever is wrong in it is an {@link IllegalArgumentException}
 * whose message goes on from "this line".
 */
final class OpForm {
    private static final Keyword INDEX = Keyword.newKeyword("index");
    private static final Keyword TIME = Keyword.newKeyword("time");
    private static final Keyword PROCESS = Keyword.newKeyword("process");
    private static final Keyword TYPE = Keyword.newKeyword("type");
    private static final Keyword FUNCTION = Keyword.newKeyword("f");
    private static final Keyword VALUE = Keyword.newKeyword("value");
    private static final Keyword SEEK_TO_BEGINNING = Keyword.newKeyword("seek-to-beginning?");
    private static final Keyword REBALANCE_LOG = Keyword.newKeyword("rebalance-log");
    private static final Keyword KEYS = Keyword.newKeyword("keys");
    private static final Keyword ERROR = Keyword.newKeyword("error");
    private static final Keyword NEMESIS = Keyword.newKeyword("nemesis");
    private static final Keyword SEND = Keyword.newKeyword("send");
    private static final Keyword POLL = Keyword.newKeyword("poll");

    private final Map<?, ?> fields;

    OpForm(Object form) {
        this.fields = map(form);
    }

    Op op() {
        OpFunction function = constant(OpFunction.class, FUNCTION);
        return new Op(
                number(fields.get(INDEX)),
                number(fields.get(TIME)),
                process(),
                constant(OpType.class, TYPE),
                function,
                value(function),
                rebalanced(),
                error());
    }

    private long process() {
        Object process = fields.get(PROCESS);
        return NEMESIS.equals(process) ? Op.NEMESIS : number(process);
    }

    private <E extends Enum<E>> E constant(Class<E> type, Keyword field) {
        Object form = fields.get(field);
        if (form instanceof Keyword keyword) {
            for (E constant : type.getEnumConstants()) {
                if (constant.name().toLowerCase(Locale.ROOT).equals(keyword.getName())) {
                    return constant;
                }
            }
        }
        throw new IllegalArgumentException("has " + form + " as its " + field);
    }

    private List<Integer> rebalanced() {
        List<Integer> keys = new ArrayList<>();
        if (fields.get(REBALANCE_LOG) != null) {
            for (Object rebalance : vector(fields.get(REBALANCE_LOG))) {
                keys.addAll(keys(map(rebalance).get(KEYS)));
            }
        }
        return keys;
    }

    private @Nullable String error() {
        Object form = fields.get(ERROR);
        return form == null ? null : form.toString();
    }

    private OpValue value(OpFunction function) {
        Object form = fields.get(VALUE);
        if (form == null) {
            return new Nothing();
        }
        return switch (function) {
            case SEND, POLL, TXN -> new MicroOps(microOps(form));
            case ASSIGN, SUBSCRIBE -> new Keys(keys(form), Boolean.TRUE.equals(fields.get(SEEK_TO_BEGINNING)));
            case COMMIT, COMMITTED -> new Offsets(offsets(form));
            case READ, WRITE -> register(form);
            case CAS -> compareAndSet(form);
            case FAULT, HEAL -> new Event(text(form));
            case CRASH -> throw new IllegalArgumentException("has a value, " + form + ", where there is none");
        };
    }

    private static List<MicroOp> microOps(Object form) {
        List<MicroOp> microOps = new ArrayList<>();
        for (Object microOp : vector(form)) {
            microOps.add(microOp(vector(microOp)));
        }
        return microOps;
    }

    private static MicroOp microOp(List<?> form) {
        Object name = form.isEmpty() ? null : form.get(0);
        if (SEND.equals(name) && form.size() == 3) {
            return send(key(form.get(1)), form.get(2));
        }
        if (POLL.equals(name) && form.size() == 1) {
            return MicroOp.Poll.invoked();
        }
        if (POLL.equals(name) && form.size() == 2) {
            return new MicroOp.Poll(records(form.get(1)));
        }
        throw new IllegalArgumentException("has " + form + " where a send or a poll stands");
    }

    private static MicroOp.Send send(int key, @Nullable Object form) {
        if (form instanceof List<?> pair) {
            Object offset = pair(pair).get(0);
            return new MicroOp.Send(key, offset == null ? null : number(offset), number(pair.get(1)));
        }
        return new MicroOp.Send(key, null, number(form));
    }

    private static SortedMap<Integer, List<MicroOp.Seen>> records(@Nullable Object form) {
        SortedMap<Integer, List<MicroOp.Seen>> records = new TreeMap<>();
        for (Map.Entry<?, ?> ofKey : map(form).entrySet()) {
            List<MicroOp.Seen> seen = new ArrayList<>();
            for (Object record : vector(ofKey.getValue())) {
                List<?> pair = pair(record);
                seen.add(new MicroOp.Seen(number(pair.get(0)), number(pair.get(1))));
            }
            records.put(key(ofKey.getKey()), seen);
        }
        return records;
    }

    private static SortedMap<Integer, Long> offsets(Object form) {
        SortedMap<Integer, Long> offsets = new TreeMap<>();
        for (Map.Entry<?, ?> ofKey : map(form).entrySet()) {
            offsets.put(key(ofKey.getKey()), number(ofKey.getValue()));
        }
        return offsets;
    }

    private static Register register(Object form) {
        List<?> pair = pair(form);
        Object value = pair.get(1);
        return new Register(key(pair.get(0)), value == null ? null : number(value));
    }

    private static CompareAndSet compareAndSet(Object form) {
        List<?> pair = pair(form);
        List<?> change = pair(pair.get(1));
        return new CompareAndSet(key(pair.get(0)), number(change.get(0)), number(change.get(1)));
    }

    private static List<Integer> keys(@Nullable Object form) {
        List<Integer> keys = new ArrayList<>();
        for (Object key : vector(form)) {
            keys.add(key(key));
        }
        return keys;
    }

    private static int key(@Nullable Object form) {
        long number = number(form);
        if (number != (int) number) {
            throw new IllegalArgumentException("has " + number + " where a key stands");
        }
        return (int) number;
    }

    private static long number(@Nullable Object form) {
        if (form instanceof Long number) {
            return number;
        }
        throw new IllegalArgumentException("has " + form + " where a number stands");
    }

    private static String text(Object form) {
        if (form instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("has " + form + " where a string stands");
    }

    private static List<?> pair(@Nullable Object form) {
        List<?> vector = vector(form);
        if (vector.size() == 2) {
            return vector;
        }
        throw new IllegalArgumentException("has " + form + " where a pair stands");
    }

    private static List<?> vector(@Nullable Object form) {
        if (form instanceof List<?> vector) {
            return vector;
        }
        throw new IllegalArgumentException("has " + form + " where a vector stands");
    }

    private static Map<?, ?> map(@Nullable Object form) {
        if (form instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("has " + form + " where a map stands");
    }
}
