package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A log without faults, and clients that send, poll, hang and crash. Whatever a client asks for takes effect at one moment
 * between its invocation and its completion; a send of which nobody hears the end, later or never. At the end one consumer
 * reads all of it.
 */
final class SimulatedLog {
    /**
     * What clients do.
     *
     * @param processes how many do something at a time
     * @param operations in sum, before the last consumer
     */
    record Load(int processes, int keys, int operations) {}

    private static final int RECORDS_PER_POLL = 5;
    /** An offset without a record. */
    private static final long HOLE = -1;

    /** One client: what it is doing, and where its consumer is. */
    private static final class Client {
        long process;

        @Nullable
        Call call;

        boolean isSubscribed;
        /** The next offset to read, by key. */
        final Map<Integer, Integer> positions = new TreeMap<>();

        Client(long process) {
            this.process = process;
        }
    }

    private static final class Call {
        final OpFunction function;
        final OpValue value;
        boolean isDone;
        OpValue answer;
        List<Integer> rebalanced = List.of();

        Call(OpFunction function, OpValue value) {
            this.function = function;
            this.value = value;
            this.answer = value;
        }
    }

    private final Load load;
    private final Random random;
    private final List<Op> ops = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final Map<Integer, List<Long>> logs = new HashMap<>();
    /** Sends of which nobody hears the end, and that have not taken effect. */
    private final List<OpValue> orphans = new ArrayList<>();

    private long lastValue;
    private long nextProcess;

    private SimulatedLog(Load load, long seed) {
        this.load = load;
        this.random = new Random(seed);
        for (int key = 0; key < load.keys(); key++) {
            logs.put(key, new ArrayList<>());
        }
        for (int i = 0; i < load.processes(); i++) {
            clients.add(new Client(nextProcess++));
        }
    }

    static History run(Load load, long seed) {
        SimulatedLog log = new SimulatedLog(load, seed);
        int invoked = 0;
        while (invoked < load.operations()) {
            invoked += log.step();
        }
        log.readAll();
        return new History(log.ops);
    }

    /** One thing happens; returns how many operations were invoked. */
    private int step() {
        if (!orphans.isEmpty() && random.nextInt(20) == 0) {
            append(orphans.remove(random.nextInt(orphans.size())));
        }
        Client client = clients.get(random.nextInt(clients.size()));
        Call call = client.call;
        if (call == null) {
            begin(client, newCall(client));
            return 1;
        }
        if (call.function == OpFunction.CRASH || random.nextInt(60) == 0) {
            hang(client, call);
        } else if (call.isDone) {
            end(client, call, OpType.OK, call.answer);
        } else if (call.function == OpFunction.SEND && random.nextInt(30) == 0) {
            end(client, call, OpType.FAIL, call.value);
        } else {
            takeEffect(client, call);
        }
        return 0;
    }

    private Call newCall(Client client) {
        int kind = random.nextInt(100);
        if (kind < 45) {
            return new Call(OpFunction.SEND, MicroOps.of(newSend()));
        }
        if (kind < 88 && !client.positions.isEmpty()) {
            return new Call(OpFunction.POLL, MicroOps.of(Poll.invoked()));
        }
        if (kind < 92) {
            return new Call(OpFunction.TXN, new MicroOps(List.of(newSend(), Poll.invoked(), newSend())));
        }
        if (kind < 93) {
            return new Call(OpFunction.CRASH, new Nothing());
        }
        boolean subscribes = random.nextInt(3) == 0;
        return new Call(
                subscribes ? OpFunction.SUBSCRIBE : OpFunction.ASSIGN, new Keys(someKeys(), random.nextBoolean()));
    }

    private Send newSend() {
        return new Send(random.nextInt(load.keys()), null, lastValue++);
    }

    private List<Integer> someKeys() {
        List<Integer> keys = new ArrayList<>();
        for (int key = 0; key < load.keys(); key++) {
            if (random.nextInt(3) > 0) {
                keys.add(key);
            }
        }
        return keys;
    }

    private void begin(Client client, Call call) {
        client.call = call;
        add(client.process, OpType.INVOKE, call.function, call.value, List.of());
    }

    private void end(Client client, Call call, OpType type, OpValue value) {
        client.call = null;
        add(client.process, type, call.function, value, call.rebalanced);
    }

    /** Nobody hears of this process again. */
    private void hang(Client client, Call call) {
        if (!call.isDone && call.function == OpFunction.SEND) {
            orphans.add(call.value);
        }
        end(client, call, OpType.INFO, call.value);
        client.process = nextProcess++;
        client.positions.clear();
        client.isSubscribed = false;
    }

    private void takeEffect(Client client, Call call) {
        call.isDone = true;
        if (call.value instanceof Keys keys) {
            client.isSubscribed = call.function == OpFunction.SUBSCRIBE;
            client.positions.clear();
            for (int key : keys.keys()) {
                boolean isFromStart = keys.fromBeginning() && !client.isSubscribed;
                client.positions.put(key, isFromStart ? 0 : somewhere(key));
            }
            return;
        }
        call.answer = append(call.value);
        if (client.isSubscribed && random.nextInt(5) == 0) {
            call.rebalanced = rebalance(client);
        }
        call.answer = poll(client, call.answer);
    }

    private int somewhere(int key) {
        return random.nextInt(log(key).size() + 1);
    }

    private List<Integer> rebalance(Client client) {
        List<Integer> moved = new ArrayList<>();
        client.positions.replaceAll((key, position) -> {
            if (random.nextBoolean()) {
                return position;
            }
            moved.add(key);
            return somewhere(key);
        });
        return moved;
    }

    /** Puts all sends into the log, and gives them with their offsets. */
    private OpValue append(OpValue value) {
        List<MicroOp> done = new ArrayList<>();
        for (MicroOp microOp : ((MicroOps) value).list()) {
            if (microOp instanceof Send send) {
                List<Long> log = log(send.key());
                if (random.nextInt(10) == 0) {
                    log.add(HOLE);
                }
                log.add(send.value());
                done.add(new Send(send.key(), (long) log.size() - 1, send.value()));
            } else {
                done.add(microOp);
            }
        }
        return new MicroOps(done);
    }

    private OpValue poll(Client client, OpValue value) {
        List<MicroOp> done = new ArrayList<>();
        for (MicroOp microOp : ((MicroOps) value).list()) {
            done.add(microOp instanceof Poll ? poll(client, RECORDS_PER_POLL) : microOp);
        }
        return new MicroOps(done);
    }

    private Poll poll(Client client, int limitPerKey) {
        Map<Integer, List<Seen>> records = new TreeMap<>();
        client.positions.replaceAll((key, position) -> {
            List<Long> log = log(key);
            List<Seen> seen = new ArrayList<>();
            int next = position;
            for (; next < log.size() && seen.size() < limitPerKey; next++) {
                if (log.get(next) != HOLE) {
                    seen.add(new Seen(next, log.get(next)));
                }
            }
            if (!seen.isEmpty()) {
                records.put(key, seen);
            }
            return next;
        });
        return Poll.of(records);
    }

    private List<Long> log(int key) {
        return logs.computeIfAbsent(key, k -> new ArrayList<>());
    }

    private void readAll() {
        Client reader = new Client(nextProcess++);
        Keys all = new Keys(List.copyOf(logs.keySet()), true);
        begin(reader, new Call(OpFunction.ASSIGN, all));
        end(reader, new Call(OpFunction.ASSIGN, all), OpType.OK, all);
        logs.keySet().forEach(key -> reader.positions.put(key, 0));
        while (reader.positions.entrySet().stream()
                .anyMatch(
                        position -> position.getValue() < log(position.getKey()).size())) {
            Call call = new Call(OpFunction.POLL, MicroOps.of(Poll.invoked()));
            begin(reader, call);
            end(reader, call, OpType.OK, MicroOps.of(poll(reader, 20 * RECORDS_PER_POLL)));
        }
    }

    private void add(long process, OpType type, OpFunction function, OpValue value, List<Integer> rebalanced) {
        ops.add(new Op(ops.size(), ops.size() * 1000L, process, type, function, value, rebalanced, null));
    }
}
