package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends and polls, one operation at a time, as one process after another: whoever does not know how an operation ended dies with
 * it, and so does one in some hundreds for no reason. A thread of its own.
 */
final class LogProcess implements Runnable {
    private static final long POLL_MILLIS = 200;
    private static final long FINAL_POLL_MILLIS = 1_000;
    private static final long FINAL_ROUND_NANOS = 20_000_000_000L;
    private static final int CRASH_ONE_IN = 400;
    private static final int ASSIGN_ONE_IN = 60;

    private final Settings settings;
    private final HistoryRecorder history;
    private final HistoryRecorder commits;
    private final Keyspace keyspace;
    private final Phase phase;
    private final Measurements measurements;
    private final Sends sends;
    private final Random random;
    private final ProcessNumbers numbers;
    private final ProcessNumbers commitNumbers;
    private final AtomicBoolean shouldLeave = new AtomicBoolean();
    private @Nullable LogClient client;
    private boolean canPoll;

    /**
     * Of one process.
     *
     * @param isMember whether it reads as a member of a group
     * @param commitPlace place in the history of commits, which several groups share
     * @param commitKeyBase added to the keys of commits: groups that read the same topic are told apart so
     * @param readsToTheEnd whether it reads all keys from their beginning when the run has ended
     * @param meanPauseNanos between operations
     */
    record Settings(
            int place,
            int places,
            boolean isMember,
            int commitKeyBase,
            int commitPlace,
            int commitPlaces,
            boolean readsToTheEnd,
            double meanPauseNanos,
            Supplier<LogClient> clients) {}

    LogProcess(
            Settings settings,
            HistoryRecorder history,
            HistoryRecorder commits,
            Keyspace keyspace,
            Phase phase,
            Measurements measurements,
            long seed) {
        this.settings = settings;
        this.history = history;
        this.commits = commits;
        this.keyspace = keyspace;
        this.phase = phase;
        this.measurements = measurements;
        this.sends = new Sends(history, keyspace, measurements);
        this.random = new Random(seed);
        this.numbers = new ProcessNumbers(settings.place(), settings.places());
        this.commitNumbers = new ProcessNumbers(settings.commitPlace(), settings.commitPlaces());
    }

    /** The member leaves its group soon and another comes. From any thread. */
    void leaveSoon() {
        shouldLeave.set(true);
    }

    @Override
    public void run() {
        try {
            while (phase.isRunning()) {
                step();
                phase.pause((long) (-Math.log(1 - random.nextDouble()) * settings.meanPauseNanos()));
            }
            crash();
            keyspace.sent();
            if (settings.readsToTheEnd()) {
                keyspace.awaitSent();
                readToTheEnd(keyspace.highestAcknowledged());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(LogClient::close);
        }
    }

    private void step() throws InterruptedException {
        if (!canPoll && !begin()) {
            return;
        }
        if (random.nextInt(CRASH_ONE_IN) == 0 || shouldLeave.getAndSet(false)) {
            crash();
        } else if (!settings.isMember() && random.nextInt(ASSIGN_ONE_IN) == 0) {
            assign(drawKeys(), false);
        } else if (random.nextBoolean()) {
            send();
        } else {
            poll(POLL_MILLIS);
        }
    }

    private boolean begin() throws InterruptedException {
        if (settings.isMember()) {
            canPoll = run(OpFunction.SUBSCRIBE, keys(allKeys(), false), () -> client().subscribe());
        } else {
            assign(drawKeys(), false);
        }
        return canPoll;
    }

    private void assign(Set<Integer> keys, boolean fromBeginning) throws InterruptedException {
        canPoll |= run(OpFunction.ASSIGN, keys(keys, fromBeginning), () -> client().assign(keys, fromBeginning));
    }

    private static Keys keys(Set<Integer> keys, boolean fromBeginning) {
        return new Keys(List.copyOf(keys), fromBeginning);
    }

    private Set<Integer> allKeys() {
        Set<Integer> all = new TreeSet<>();
        for (int key = 0; key < keyspace.size(); key++) {
            all.add(key);
        }
        return all;
    }

    private Set<Integer> drawKeys() {
        Set<Integer> drawn = new TreeSet<>();
        drawn.add(random.nextInt(keyspace.size()));
        for (int key = 0; key < keyspace.size(); key++) {
            if (random.nextBoolean()) {
                drawn.add(key);
            }
        }
        return drawn;
    }

    private LogClient client() {
        if (client == null) {
            client = settings.clients().get();
        }
        return client;
    }

    /** Something that is asked of a client. */
    private interface Call {
        void run() throws Exception;
    }

    private boolean run(OpFunction function, OpValue value, Call call) throws InterruptedException {
        history.invoke(numbers.current(), function, value);
        try {
            call.run();
            complete(OpType.OK, function, value, null);
            return true;
        } catch (Exception e) {
            fail(function, value, e);
            return false;
        }
    }

    private void complete(OpType type, OpFunction function, OpValue value, @Nullable String error) {
        List<Integer> rebalanced = client == null ? List.of() : client.drainRebalanced();
        history.complete(numbers.current(), type, function, value, rebalanced, error);
    }

    /** After a failure nobody knows what the client is in the middle of: it is thrown away, and the process with it. */
    private void fail(OpFunction function, OpValue value, Exception e) throws InterruptedException {
        if (e instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (e instanceof NotAppliedException) {
            complete(OpType.FAIL, function, value, e.getMessage());
        } else {
            complete(OpType.INFO, function, value, e.toString());
            replace();
        }
    }

    private void replace() {
        end(random.nextBoolean() ? LogClient::kill : LogClient::close);
        canPoll = false;
        numbers.next();
    }

    private void end(Consumer<LogClient> how) {
        LogClient ending = client;
        client = null;
        if (ending != null) {
            try {
                how.accept(ending);
            } catch (RuntimeException e) {
                // It is thrown away; brokers may be gone.
                measurements.failedToClose();
            }
        }
    }

    private void crash() {
        history.invoke(numbers.current(), OpFunction.CRASH, new Nothing());
        complete(OpType.INFO, OpFunction.CRASH, new Nothing(), null);
        replace();
    }

    private void send() throws InterruptedException {
        if (!sends.send(numbers.current(), client(), random.nextInt(keyspace.size()))) {
            replace();
        }
    }

    private Map<Integer, Long> poll(long millis) throws InterruptedException {
        MicroOps asked = MicroOps.of(MicroOp.Poll.invoked());
        history.invoke(numbers.current(), OpFunction.POLL, asked);
        Map<Integer, List<MicroOp.Seen>> records;
        try {
            records = client().poll(millis);
        } catch (Exception e) {
            measurements.polled(OpType.INFO, 0);
            fail(OpFunction.POLL, asked, e);
            return Map.of();
        }
        boolean isKnown = !settings.isMember() || !canPoll || commit();
        measurements.polled(
                OpType.OK, records.values().stream().mapToInt(List::size).sum());
        complete(OpType.OK, OpFunction.POLL, MicroOps.of(MicroOp.Poll.of(records)), null);
        if (!isKnown) {
            replace();
        }
        Map<Integer, Long> reached = new HashMap<>();
        records.forEach(
                (key, seen) -> reached.put(key, seen.get(seen.size() - 1).offset()));
        return reached;
    }

    /** Commits what was polled; tells whether the client can be used on. */
    private boolean commit() throws InterruptedException {
        Map<Integer, Long> offsets = client().uncommitted();
        if (offsets.isEmpty()) {
            return true;
        }
        Map<Integer, Long> byGroup = new HashMap<>();
        offsets.forEach((key, offset) -> byGroup.put(settings.commitKeyBase() + key, offset));
        OpValue value = Offsets.of(byGroup);
        commits.invoke(commitNumbers.current(), OpFunction.COMMIT, value);
        try {
            client().commit(offsets);
            commits.complete(commitNumbers.current(), OpType.OK, OpFunction.COMMIT, value, List.of(), null);
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // Refused or not: an attempt before the one that was answered may have been applied.
            commits.complete(commitNumbers.current(), OpType.INFO, OpFunction.COMMIT, value, List.of(), e.toString());
            commitNumbers.next();
            return e instanceof NotAppliedException;
        }
    }

    /** Again and again from the beginning, until everything that was acknowledged is reached: the judge must see it all. */
    private void readToTheEnd(Map<Integer, Long> target) throws InterruptedException {
        Map<Integer, Long> left = new HashMap<>(target);
        while (!left.isEmpty() && !Thread.currentThread().isInterrupted()) {
            if (!run(
                    OpFunction.ASSIGN,
                    keys(new TreeSet<>(target.keySet()), true),
                    () -> client().assign(target.keySet(), true))) {
                continue;
            }
            long roundEnd = System.nanoTime() + FINAL_ROUND_NANOS;
            long process = numbers.current();
            while (!left.isEmpty() && numbers.current() == process && System.nanoTime() < roundEnd) {
                Map<Integer, Long> reached = pollFinally();
                if (!reached.isEmpty()) {
                    roundEnd = System.nanoTime() + FINAL_ROUND_NANOS;
                }
                left.entrySet().removeIf(entry -> reached.getOrDefault(entry.getKey(), -1L) >= entry.getValue());
            }
            crash();
        }
    }

    private Map<Integer, Long> pollFinally() throws InterruptedException {
        canPoll = false; // not as a member: nothing is committed
        return poll(FINAL_POLL_MILLIS);
    }
}
