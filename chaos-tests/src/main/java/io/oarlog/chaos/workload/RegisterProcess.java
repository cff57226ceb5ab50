package io.oarlog.chaos.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.history.Register;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.BadVersionException;
import org.apache.zookeeper.KeeperException.NodeExistsException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Reads, writes and compares-and-sets registers: znodes {@code /registers/<key>}. A read syncs first, as ZooKeeper asks of those
 * who want the newest. A thread of its own.
 */
final class RegisterProcess implements Runnable {
    private static final String ROOT = "/registers";
    private static final int SESSION_MILLIS = 6_000;
    private static final int LIMIT_SECONDS = 10;

    private final String connectString;
    private final int keys;
    private final AtomicLong nextValue;
    private final double meanPauseNanos;
    private final HistoryRecorder history;
    private final Phase phase;
    private final Measurements measurements;
    private final Random random;
    private final ProcessNumbers numbers;
    private final long[] lastSeen;
    private @Nullable ZooKeeper session;

    /** @param nextValue of all processes */
    RegisterProcess(
            String connectString,
            int keys,
            AtomicLong nextValue,
            double meanPauseNanos,
            HistoryRecorder history,
            Phase phase,
            Measurements measurements,
            ProcessNumbers numbers,
            long seed) {
        this.connectString = connectString;
        this.keys = keys;
        this.nextValue = nextValue;
        this.meanPauseNanos = meanPauseNanos;
        this.history = history;
        this.phase = phase;
        this.measurements = measurements;
        this.numbers = numbers;
        this.random = new Random(seed);
        this.lastSeen = new long[keys];
    }

    /** Makes the znodes, empty. */
    static void createAll(String connectString, int keys) throws IOException, InterruptedException, KeeperException {
        ZooKeeper session = connect(connectString);
        try {
            create(session, ROOT);
            for (int key = 0; key < keys; key++) {
                create(session, path(key));
            }
        } finally {
            session.close();
        }
    }

    private static void create(ZooKeeper session, String path) throws InterruptedException, KeeperException {
        try {
            session.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        } catch (NodeExistsException e) {
            // A try before this one made it.
        }
    }

    private static String path(int key) {
        return ROOT + "/" + key;
    }

    private static ZooKeeper connect(String connectString) throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper session = new ZooKeeper(connectString, SESSION_MILLIS, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        if (!connected.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            session.close();
            throw new IOException("no node accepts a session");
        }
        return session;
    }

    @Override
    public void run() {
        try {
            while (phase.isRunning()) {
                step(random.nextInt(keys));
                phase.pause((long) (-Math.log(1 - random.nextDouble()) * meanPauseNanos));
            }
            closeSession();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void step(int key) throws InterruptedException {
        if (session == null) {
            try {
                session = connect(connectString);
            } catch (IOException e) {
                return; // nothing was asked for; the next step tries again
            }
        }
        ZooKeeper connected = session;
        switch (random.nextInt(3)) {
            case 0 ->
                run(OpFunction.READ, new Register(key, null), () -> {
                    Register read = new Register(key, read(connected, key).value());
                    lastSeen[key] = read.value() == null ? 0 : read.value();
                    return read;
                });
            case 1 -> {
                Register write = new Register(key, nextValue.incrementAndGet());
                run(OpFunction.WRITE, write, () -> {
                    connected.setData(path(key), bytes(write.value()), -1);
                    return write;
                });
            }
            default -> {
                CompareAndSet change = new CompareAndSet(key, lastSeen[key], nextValue.incrementAndGet());
                run(OpFunction.CAS, change, () -> {
                    compareAndSet(connected, change);
                    return change;
                });
            }
        }
        measurements.registerUsed();
    }

    private record Versioned(@Nullable Long value, int version) {}

    private static Versioned read(ZooKeeper session, int key) throws Exception {
        CompletableFuture<Integer> synced = new CompletableFuture<>();
        session.sync(path(key), (code, path, context) -> synced.complete(code), null);
        int code = synced.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (code != 0) {
            throw new NotAppliedException(KeeperException.create(KeeperException.Code.get(code)));
        }
        Stat stat = new Stat();
        byte[] data;
        try {
            data = session.getData(path(key), false, stat);
        } catch (KeeperException e) {
            throw new NotAppliedException(e);
        }
        return new Versioned(data.length == 0 ? null : Long.valueOf(new String(data, UTF_8)), stat.getVersion());
    }

    private static void compareAndSet(ZooKeeper session, CompareAndSet change) throws Exception {
        Versioned found = read(session, change.key());
        if (found.value() == null || found.value() != change.expected()) {
            throw new NotAppliedException(new IllegalStateException("found " + found.value()));
        }
        try {
            session.setData(path(change.key()), bytes(change.updated()), found.version());
        } catch (BadVersionException e) {
            throw new NotAppliedException(e);
        }
    }

    private static byte[] bytes(@Nullable Long value) {
        return String.valueOf(value).getBytes(UTF_8);
    }

    /** Something that is asked of ZooKeeper; gives what the history is to say. */
    private interface Call {
        OpValue run() throws Exception;
    }

    private void run(OpFunction function, OpValue asked, Call call) throws InterruptedException {
        history.invoke(numbers.current(), function, asked);
        try {
            complete(OpType.OK, function, call.run(), null);
        } catch (InterruptedException e) {
            throw e;
        } catch (NotAppliedException e) {
            complete(OpType.FAIL, function, asked, e.getMessage());
            if (!(e.getCause() instanceof BadVersionException) && !(e.getCause() instanceof IllegalStateException)) {
                closeSession(); // the connection may be that of a node that is gone for long
            }
        } catch (Exception e) {
            complete(OpType.INFO, function, asked, e.toString());
            numbers.next();
            closeSession();
        }
    }

    private void complete(OpType type, OpFunction function, OpValue value, @Nullable String error) {
        history.complete(numbers.current(), type, function, value, List.of(), error);
    }

    private void closeSession() throws InterruptedException {
        ZooKeeper closing = session;
        session = null;
        if (closing != null && !closing.close(1_000)) {
            measurements.failedToClose();
        }
    }
}
