package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.RegisterSearch.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds few calls of a register that have no explanation, among many. Confined to one check.
 *
 * <p>Whatever is done here, if the calls that stay have no explanation, the whole has none:
 *
 * <ul>
 *   <li>A call is left out only if no call that stays expects the value that it left. Leave those calls out of an explanation
 *       of the whole, and each that stays still finds the value that it found there.
 *   <li>Or all before a certain write is forgotten: calls that ended before it began are left out, and so are reads beside it.
 *       Other calls beside it become uncertain, since they may have come before it. Those after it see nothing of what was
 *       before. That write stays.
 * </ul>
 */
final class RegisterShrinker {
    /** A search for evidence gives up early: the evidence is as true with more calls. */
    private static final long MAX_CONFIGURATIONS = 20_000;
    /** Calls searched and configurations met, by all searches together. */
    private static final long MAX_WORK = 5_000_000;

    /** What was known at the completion at which it shows. */
    private final List<RegisterCall> whole;

    private long work;

    private RegisterShrinker(List<RegisterCall> whole) {
        this.whole = whole;
    }

    /**
     * Leaves calls out.
     *
     * @param unexplained calls that have no explanation, in the order of invocation
     * @param stuckAt the completion at which that shows
     */
    static List<RegisterCall> shrink(List<RegisterCall> unexplained, int stuckAt) {
        return new RegisterShrinker(prefix(unexplained, stuckAt)).shrink();
    }

    private static List<RegisterCall> prefix(List<RegisterCall> calls, int end) {
        List<RegisterCall> prefix = new ArrayList<>();
        for (RegisterCall call : calls) {
            if (call.invoked() > end) {
                continue;
            }
            if (call.ended() <= end) {
                prefix.add(call);
            } else if (!call.isRead()) {
                prefix.add(call.asUncertain());
            }
        }
        return prefix;
    }

    private List<RegisterCall> shrink() {
        RegisterCall start = lateStart();
        List<RegisterCall> calls = start == null ? whole : since(start);
        int before;
        do {
            before = calls.size();
            calls = leaveOut(calls, RegisterCall::isRead);
            calls = leaveOut(calls, call -> !call.equals(start));
        } while (calls.size() < before);
        return start == null ? calls : withoutStart(calls, start);
    }

    /** One of the latest writes before which all can be forgotten, if there is one. */
    private @Nullable RegisterCall lateStart() {
        List<RegisterCall> writes = whole.stream()
                .filter(call -> call.isWrite() && call.isCertain())
                .toList();
        for (int back = 1; back <= writes.size() && work < MAX_WORK; back *= 2) {
            RegisterCall write = writes.get(writes.size() - back);
            if (isUnexplained(since(write))) {
                return write;
            }
        }
        return null;
    }

    private List<RegisterCall> since(RegisterCall write) {
        List<RegisterCall> since = new ArrayList<>();
        for (RegisterCall call : whole) {
            if (call.equals(write) || call.invoked() > write.ended()) {
                since.add(call);
            } else if (call.ended() > write.invoked() && !call.isRead()) {
                since.add(call.asUncertain());
            }
        }
        return since;
    }

    /** Leaves out halves, quarters and so on of the calls that may go. */
    private List<RegisterCall> leaveOut(List<RegisterCall> calls, Predicate<RegisterCall> mayGo) {
        List<RegisterCall> left = calls;
        for (int chunk = Math.max(1, calls.size() / 2); chunk > 0; chunk /= 2) {
            for (int start = 0; start < left.size() && work < MAX_WORK; ) {
                int end = Math.min(left.size(), start + chunk);
                List<RegisterCall> fewer = without(left, start, end, mayGo);
                if (fewer.size() < left.size() && isUnexplained(fewer)) {
                    start = end - (left.size() - fewer.size());
                    left = fewer;
                } else {
                    start = end;
                }
            }
        }
        return left;
    }

    /** What is left without those of the range that may go and that nobody needs who stays. */
    private static List<RegisterCall> without(
            List<RegisterCall> calls, int start, int end, Predicate<RegisterCall> mayGo) {
        List<RegisterCall> going = new ArrayList<>();
        Set<Integer> expected = new HashSet<>();
        for (int i = 0; i < calls.size(); i++) {
            RegisterCall call = calls.get(i);
            if (i >= start && i < end && mayGo.test(call)) {
                going.add(call);
            } else if (!call.isWrite()) {
                expected.add(call.expected());
            }
        }
        boolean changed = true;
        while (changed) {
            List<RegisterCall> needed = going.stream()
                    .filter(call -> !call.isRead() && expected.contains(call.left()))
                    .toList();
            going.removeAll(needed);
            changed = false;
            for (RegisterCall call : needed) {
                changed |= !call.isWrite() && expected.add(call.expected());
            }
        }
        Set<RegisterCall> gone = new HashSet<>(going);
        return calls.stream().filter(call -> !gone.contains(call)).toList();
    }

    /**
     * The write from which on calls were looked at goes too when nobody expects its value or one from before it. Else the last
     * writes of such values are told of, so that one sees where they came from.
     */
    private List<RegisterCall> withoutStart(List<RegisterCall> calls, RegisterCall start) {
        boolean needsEarlier = false;
        List<RegisterCall> earlier = new ArrayList<>();
        for (RegisterCall call : whole) {
            if (!call.isRead() && call.ended() < start.invoked() && isExpected(call.left(), calls)) {
                needsEarlier = true;
                earlier.removeIf(call::leavesSame);
                if (call.isWrite()) {
                    earlier.add(call);
                }
            }
        }
        List<RegisterCall> others = new ArrayList<>(calls);
        if (needsEarlier || isExpected(start.left(), calls)) {
            earlier.removeIf(call -> calls.stream().anyMatch(call::leavesSame));
            others.addAll(earlier);
            others.sort(Comparator.comparingInt(RegisterCall::invoked));
        } else {
            others.remove(start);
        }
        return isUnexplained(others) ? others : calls;
    }

    private static boolean isExpected(int value, List<RegisterCall> calls) {
        return calls.stream().anyMatch(call -> !call.isWrite() && call.expected() == value);
    }

    private boolean isUnexplained(List<RegisterCall> calls) {
        RegisterSearch search = new RegisterSearch(calls, MAX_CONFIGURATIONS);
        Outcome outcome = search.run();
        work += calls.size() + search.configurations();
        return outcome == Outcome.UNEXPLAINED;
    }
}
