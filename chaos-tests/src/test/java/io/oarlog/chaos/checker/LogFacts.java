package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is in a sound history of a log, and ways to change it. */
final class LogFacts {
    /** An acknowledged send. */
    record Sent(long process, int key, long value, long offset, int invoked, int ended) {}

    /**
     * The records of one key in one poll that ended well.
     *
     * @param microOp the place of the poll in its operation
     * @param before the record right behind which it must go on, if there is one
     */
    record Polled(int invoked, int op, int microOp, int key, List<Seen> records, Optional<Seen> before) {}

    final History history;
    final List<Sent> acknowledged = new ArrayList<>();
    final List<Polled> polls = new ArrayList<>();
    private final Set<List<Long>> acknowledgedPlaces = new HashSet<>();
    private final Map<List<Long>, Integer> firstPolled = new HashMap<>();
    private final Map<Integer, Long> highest = new HashMap<>();

    LogFacts(History history) {
        this.history = history;
        Map<Long, Integer> invoked = new HashMap<>();
        Map<Long, Map<Integer, Seen>> last = new HashMap<>();
        for (Op op : history.ops()) {
            if (op.type() == OpType.INVOKE) {
                invoked.put(op.process(), (int) op.index());
            } else if (op.type() == OpType.OK) {
                if (op.function() == OpFunction.ASSIGN) {
                    last.put(op.process(), new HashMap<>());
                } else if (op.function() == OpFunction.SUBSCRIBE) {
                    last.remove(op.process());
                }
                read(op, invoked.getOrDefault(op.process(), -1), last.get(op.process()));
            }
        }
    }

    private void read(Op op, int invoked, @Nullable Map<Integer, Seen> last) {
        for (int i = 0; i < op.microOps().size(); i++) {
            MicroOp microOp = op.microOps().get(i);
            if (microOp instanceof Send send && send.offset() != null) {
                acknowledged.add(
                        new Sent(op.process(), send.key(), send.value(), send.offset(), invoked, (int) op.index()));
                acknowledgedPlaces.add(List.of((long) send.key(), send.offset()));
            } else if (microOp instanceof Poll poll && poll.records() != null) {
                int place = i;
                poll.records().forEach((key, records) -> {
                    Optional<Seen> before = Optional.ofNullable(last == null ? null : last.get(key));
                    if (op.rebalanced().isEmpty()) {
                        polls.add(new Polled(invoked, (int) op.index(), place, key, records, before));
                    }
                    for (Seen seen : records) {
                        firstPolled.putIfAbsent(List.of((long) key, seen.offset()), (int) op.index());
                        highest.merge(key, seen.offset(), Math::max);
                    }
                    if (last != null) {
                        last.put(key, records.get(records.size() - 1));
                    }
                });
            }
        }
    }

    /** One that fits, by chance. */
    <T> Optional<T> pick(List<T> all, Random random, Predicate<T> fits) {
        List<T> fitting = all.stream().filter(fits).toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(fitting.get(random.nextInt(fitting.size())));
    }

    long highest(int key) {
        return highest.getOrDefault(key, -1L);
    }

    boolean isPolled(Sent sent) {
        return firstPolled.containsKey(List.of((long) sent.key(), sent.offset()));
    }

    boolean isAcknowledged(int key, Seen seen) {
        return acknowledgedPlaces.contains(List.of((long) key, seen.offset()));
    }

    List<Seen> acknowledgedIn(Polled poll) {
        return poll.records().stream()
                .filter(seen -> isAcknowledged(poll.key(), seen))
                .toList();
    }

    private List<Seen> inner(Polled poll) {
        return poll.records().size() < 3
                ? List.of()
                : poll.records().subList(1, poll.records().size() - 1);
    }

    boolean hasInnerAcknowledged(Polled poll) {
        return inner(poll).stream().anyMatch(seen -> isAcknowledged(poll.key(), seen));
    }

    Seen innerAcknowledged(Polled poll, Random random) {
        return pick(inner(poll), random, seen -> isAcknowledged(poll.key(), seen))
                .orElseThrow();
    }

    private boolean isPolledBefore(Polled poll, Seen seen) {
        return firstPolled.getOrDefault(List.of((long) poll.key(), seen.offset()), Integer.MAX_VALUE) < poll.invoked();
    }

    boolean hasInnerPolledBefore(Polled poll) {
        return inner(poll).stream().anyMatch(seen -> isPolledBefore(poll, seen));
    }

    /** A send to the same key that ended before the given one was invoked. */
    Optional<Sent> earlier(Sent late, boolean ofSameProcess, Random random) {
        return pick(
                acknowledged,
                random,
                early -> early.key() == late.key()
                        && early.ended() < late.invoked()
                        && (!ofSameProcess || early.process() == late.process()));
    }

    History withoutRecord(Sent sent) {
        return mapRecords(
                (op, key, records) -> records.removeIf(seen -> key == sent.key() && seen.value() == sent.value()));
    }

    History vanished(Polled poll, Random random) {
        Seen gone =
                pick(inner(poll), random, seen -> isPolledBefore(poll, seen)).orElseThrow();
        int from = poll.invoked();
        Map<Integer, Integer> invokedByOp = new HashMap<>();
        polls.forEach(other -> invokedByOp.put(other.op(), other.invoked()));
        return mapRecords((op, key, records) -> records.removeIf(seen -> key == poll.key()
                && seen.equals(gone)
                && invokedByOp.getOrDefault((int) op.index(), (int) op.index()) >= from));
    }

    History swapped(Sent early, Sent late) {
        int key = early.key();
        History swapped = mapRecords((op, k, records) -> {
            if (k == key) {
                records.replaceAll(seen -> new Seen(
                        seen.offset(),
                        seen.value() == early.value()
                                ? late.value()
                                : seen.value() == late.value() ? early.value() : seen.value()));
            }
        });
        return new LogFacts(swapped)
                .mapOps(op -> withMicroOps(op, (place, microOp) -> {
                    if (microOp instanceof Send send && send.key() == key && send.offset() != null) {
                        if (send.value() == early.value()) {
                            return new Send(key, late.offset(), early.value());
                        }
                        if (send.value() == late.value()) {
                            return new Send(key, early.offset(), late.value());
                        }
                    }
                    return microOp;
                }));
    }

    History inPoll(Polled poll, Consumer<List<Seen>> change) {
        return mapOps(op -> op.index() != poll.op()
                ? op
                : withMicroOps(
                        op,
                        (place, microOp) -> place == poll.microOp() && microOp instanceof Poll changed
                                ? changed(changed, poll.key(), change)
                                : microOp));
    }

    private static Poll changed(Poll poll, int key, Consumer<List<Seen>> change) {
        Map<Integer, List<Seen>> records = new TreeMap<>(poll.records());
        List<Seen> ofKey = new ArrayList<>(records.getOrDefault(key, List.of()));
        change.accept(ofKey);
        records.put(key, ofKey);
        return Poll.of(records);
    }

    private interface RecordsChange {
        void accept(Op op, int key, List<Seen> records);
    }

    private History mapRecords(RecordsChange change) {
        return mapOps(op -> op.type() == OpType.INVOKE
                ? op
                : withMicroOps(op, (place, microOp) -> {
                    if (!(microOp instanceof Poll poll) || poll.records() == null) {
                        return microOp;
                    }
                    Map<Integer, List<Seen>> records = new TreeMap<>();
                    poll.records().forEach((key, ofKey) -> {
                        List<Seen> changed = new ArrayList<>(ofKey);
                        change.accept(op, key, changed);
                        records.put(key, changed);
                    });
                    return Poll.of(records);
                }));
    }

    History mapOps(UnaryOperator<Op> change) {
        return new History(history.ops().stream().map(change).toList());
    }

    Op withType(Op op, OpType type) {
        return new Op(
                op.index(), op.timeNanos(), op.process(), type, op.function(), op.value(), op.rebalanced(), op.error());
    }

    private static Op withMicroOps(Op op, BiFunction<Integer, MicroOp, MicroOp> change) {
        if (op.microOps().isEmpty()) {
            return op;
        }
        List<MicroOp> microOps = new ArrayList<>();
        for (MicroOp microOp : op.microOps()) {
            microOps.add(change.apply(microOps.size(), microOp));
        }
        return new Op(
                op.index(),
                op.timeNanos(),
                op.process(),
                op.type(),
                op.function(),
                new MicroOps(microOps),
                op.rebalanced(),
                op.error());
    }
}
