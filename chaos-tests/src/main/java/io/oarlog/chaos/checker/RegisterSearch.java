package io.oarlog.chaos.checker;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Looks for an order of the calls of one register that explains what each was told: every certain call takes effect at one
 * moment between its invocation and its completion, an uncertain one at a moment after its invocation or never. Confined to
 * one check.
 *
 * <p>The search is that of Wing and Gong as improved by Lowe ("Testing for linearizability"): depth first, next comes one of
 * the calls that were invoked before the first completion of those that are left, and a configuration that was met before is
 * not searched again. A configuration is what is left of the certain calls, which uncertain ones were used, and the state.
 * What is left of the certain calls is told by those that can come next, since all behind them are left too: there are at
 * most as many as processes.
 *
 * <p>What keeps the search short, each without losing an order that explains the calls:
 *
 * <ul>
 *   <li>A read that can come next and finds what it was told comes next: it changes nothing for the others.
 *   <li>A write is idle when no call that is left expects its value. It can be put right before any other write, so idle
 *       writes go first and together, and other writes are not tried before them.
 *   <li>An uncertain call comes next only if one that can come after it expects its value; among equal ones the oldest. If
 *       nobody expects it, the order without it explains as much.
 *   <li>A configuration is no better than one that differs in having used fewer uncertain calls.
 * </ul>
 */
final class RegisterSearch {
    /** How a search ended. */
    enum Outcome {
        EXPLAINED,
        UNEXPLAINED,
        GAVE_UP
    }

    /** The move that takes all idle writes; other moves are places of certain calls, or {@code ~} places of uncertain ones. */
    private static final int IDLE_WRITES = Integer.MAX_VALUE;
    /** Where there is no choice for long, configurations are remembered each so many calls. */
    private static final int CHECKPOINT_CALLS = 16;

    /** The certain calls, and which are left of them: a ring in the order of invocation through the last place. */
    private final RegisterCall[] certain;

    private final int[] next;
    private final int[] previous;
    private int taken;

    private final RegisterCall[] uncertain;
    private final BitSet used = new BitSet();

    /** How many calls that are left expect each value. */
    private final int[] expecting;

    private int state = RegisterCall.NOT_WRITTEN;

    /** Moves made, and the state before each. */
    private final int[] trail;

    private final int[] trailStates;
    private int depth;

    private final Deque<Choice> choices = new ArrayDeque<>();
    private final MetConfigurations met = new MetConfigurations();
    private final long maxConfigurations;
    private int furthest = -1;

    /** Certain calls that can come next, in the order of invocation. */
    private int[] candidates = new int[16];

    private int candidateCount;
    /** The first completion of the calls that are left. */
    private int firstEnd;

    /** Moves that were not tried yet. */
    private static final class Choice {
        final int depth;
        final int[] moves;
        int tried;

        Choice(int depth, int[] moves) {
            this.depth = depth;
            this.moves = moves;
        }
    }

    /**
     * @param calls in the order of invocation
     * @param maxConfigurations so many are remembered before the search gives up
     */
    RegisterSearch(List<RegisterCall> calls, long maxConfigurations) {
        this.certain = calls.stream().filter(RegisterCall::isCertain).toArray(RegisterCall[]::new);
        this.expecting = countExpecting(calls);
        this.uncertain = calls.stream()
                .filter(call -> !call.isCertain() && expecting[call.left()] > 0)
                .toArray(RegisterCall[]::new);
        this.maxConfigurations = maxConfigurations;
        int end = certain.length;
        this.next = new int[end + 1];
        this.previous = new int[end + 1];
        for (int i = 0; i <= end; i++) {
            next[i] = i == end ? 0 : i + 1;
            previous[i] = i == 0 ? end : i - 1;
        }
        this.trail = new int[calls.size()];
        this.trailStates = new int[calls.size()];
    }

    private static int[] countExpecting(List<RegisterCall> calls) {
        int values = 1;
        for (RegisterCall call : calls) {
            values = Math.max(values, Math.max(call.expected(), call.left()) + 1);
        }
        int[] counts = new int[values];
        for (RegisterCall call : calls) {
            if (!call.isWrite()) {
                counts[call.expected()]++;
            }
        }
        return counts;
    }

    /** How many configurations were remembered. */
    long configurations() {
        return met.count();
    }

    /**
     * After {@link Outcome#UNEXPLAINED}: the completion at which it shows. The calls up to here have no explanation, while
     * those before have one.
     */
    int stuckAt() {
        return furthest;
    }

    /** To be called once. */
    Outcome run() {
        while (true) {
            findCandidates();
            if (candidateCount == 0) {
                return Outcome.EXPLAINED;
            }
            if (takeReads()) {
                continue;
            }
            int[] moves = moves();
            if (moves.length > 1 || (moves.length == 1 && taken % CHECKPOINT_CALLS == 0)) {
                if (wasMet()) {
                    moves = new int[0];
                } else if (met.count() > maxConfigurations) {
                    return Outcome.GAVE_UP;
                }
            }
            if (moves.length > 1) {
                choices.push(new Choice(depth, moves));
            }
            if (moves.length == 1) {
                make(moves[0]);
            } else if (!makeNextChoice()) {
                return Outcome.UNEXPLAINED;
            }
        }
    }

    private void findCandidates() {
        int end = certain.length;
        candidateCount = 0;
        firstEnd = RegisterCall.NEVER;
        for (int call = next[end]; call != end && certain[call].invoked() < firstEnd; call = next[call]) {
            if (candidateCount == candidates.length) {
                candidates = Arrays.copyOf(candidates, 2 * candidateCount);
            }
            candidates[candidateCount++] = call;
            firstEnd = Math.min(firstEnd, certain[call].ended());
        }
        if (candidateCount > 0) {
            furthest = Math.max(furthest, firstEnd);
        }
    }

    private boolean takeReads() {
        int before = depth;
        for (int i = 0; i < candidateCount; i++) {
            RegisterCall call = certain[candidates[i]];
            if (call.isRead() && call.expected() == state) {
                make(candidates[i]);
            }
        }
        return depth > before;
    }

    /** What can come next. */
    private int[] moves() {
        int[] moves = new int[candidateCount + uncertain.length + 1];
        int count = 0;
        boolean anyIdle = false;
        for (int i = 0; i < candidateCount; i++) {
            RegisterCall call = certain[candidates[i]];
            anyIdle |= isIdle(call);
            if (!call.isRead() && call.expected() == state) {
                moves[count++] = candidates[i];
            }
        }
        if (anyIdle) {
            moves[count++] = IDLE_WRITES;
        }
        for (int i = 0; i < candidateCount && !anyIdle; i++) {
            if (certain[candidates[i]].isWrite()) {
                moves[count++] = candidates[i];
            }
        }
        for (int i = 0; i < uncertain.length && uncertain[i].invoked() < firstEnd; i++) {
            boolean fits = uncertain[i].isWrite() ? !anyIdle : uncertain[i].expected() == state;
            if (fits && !used.get(i) && isOldest(i) && isExpected(uncertain[i].left())) {
                moves[count++] = ~i;
            }
        }
        return Arrays.copyOf(moves, count);
    }

    private boolean isIdle(RegisterCall call) {
        return call.isWrite() && expecting[call.left()] == 0;
    }

    /** Whether no equal call that is left was invoked before the uncertain one. */
    private boolean isOldest(int place) {
        for (int i = 0; i < place; i++) {
            if (!used.get(i) && uncertain[i].hasSameEffect(uncertain[place])) {
                return false;
            }
        }
        return true;
    }

    /** Whether a call that can come next expects the value, which the register does not hold yet. */
    private boolean isExpected(int value) {
        if (value == state) {
            return false;
        }
        for (int i = 0; i < candidateCount; i++) {
            if (certain[candidates[i]].expected() == value) {
                return true;
            }
        }
        for (int i = 0; i < uncertain.length && uncertain[i].invoked() < firstEnd; i++) {
            if (!used.get(i) && uncertain[i].expected() == value) {
                return true;
            }
        }
        return false;
    }

    /** Whether this configuration or a better one was met; from now on it is. */
    private boolean wasMet() {
        // What nobody expects is all the same.
        int told = expecting[state] == 0 ? RegisterCall.NOTHING : state;
        return !met.add(told, Arrays.copyOf(candidates, candidateCount), used);
    }

    private boolean makeNextChoice() {
        Choice choice = choices.peek();
        if (choice == null) {
            return false;
        }
        while (depth > choice.depth) {
            undo();
        }
        int move = choice.moves[choice.tried++];
        if (choice.tried == choice.moves.length) {
            choices.pop();
        }
        if (move == IDLE_WRITES) {
            findCandidates();
        }
        make(move);
        return true;
    }

    private void make(int move) {
        if (move == IDLE_WRITES) {
            for (int i = 0; i < candidateCount; i++) {
                if (isIdle(certain[candidates[i]])) {
                    make(candidates[i]);
                }
            }
            return;
        }
        trail[depth] = move;
        trailStates[depth] = state;
        depth++;
        RegisterCall call = move < 0 ? uncertain[~move] : certain[move];
        if (move < 0) {
            used.set(~move);
        } else {
            next[previous[move]] = next[move];
            previous[next[move]] = previous[move];
            taken++;
        }
        if (!call.isWrite()) {
            expecting[call.expected()]--;
        }
        if (!call.isRead()) {
            state = call.left();
        }
    }

    private void undo() {
        depth--;
        int move = trail[depth];
        state = trailStates[depth];
        RegisterCall call = move < 0 ? uncertain[~move] : certain[move];
        if (move < 0) {
            used.clear(~move);
        } else {
            next[previous[move]] = move;
            previous[next[move]] = move;
            taken--;
        }
        if (!call.isWrite()) {
            expecting[call.expected()]++;
        }
    }
}
