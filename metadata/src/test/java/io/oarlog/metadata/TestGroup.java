package io.oarlog.metadata;

import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.raft.CommandLog;
import io.oarlog.raft.RaftAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Three brokers on one log of commands in this process, without Raft. A node can be cut off, can lag behind, can be
 * restarted from the log, and its commands can time out with either outcome. Used by the test's thread.
 */
final class TestGroup implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final List<Integer> NODES = List.of(1, 2, 3);
    static final long NOW_MILLIS = 1_700_000_000_000L;
    /** Fast pings; only the manual clock lets a session expire. */
    private static final SessionSettings SESSION =
            new SessionSettings(Duration.ofSeconds(6), Duration.ofMillis(20), Duration.ofMillis(10));

    /** Of a stream of commands in a time that stands still: none of them waits for others. */
    static JoinDelay noDelay() {
        return new JoinDelay(() -> 0, (delay, task) -> {
            throw new AssertionError("a command waits");
        });
    }

    /** What happens to a command of which its proposer hears nothing. */
    enum Fault {
        TIMEOUT_APPLIED,
        TIMEOUT_NOT_APPLIED
    }

    private final ExecutorService applyThread = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);
    private long term = 1; // confined to the apply thread
    private final List<Entry> entries = new ArrayList<>(); // confined to the apply thread
    private final Map<Integer, Node> nodes = new ConcurrentHashMap<>();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong seeds = new AtomicLong();
    private volatile int leader = 1;

    /** A broker; its log is the way into the group. */
    final class Node implements CommandLog {
        final int id;
        final MetadataStateMachine machine = new MetadataStateMachine(nanos::get);
        final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
        final AtomicLong proposed = new AtomicLong();
        final AtomicLong pings = new AtomicLong();
        final Metadata metadata;
        volatile boolean isCutOff;
        private int applied; // confined to the apply thread
        private boolean isLagging; // confined to the apply thread

        Node(int id) {
            this.id = id;
            run(() -> {
                nodes.put(id, this);
                catchUp();
                if (id == leader) {
                    machine.onLeadership(true);
                }
            });
            this.metadata = Metadata.start(
                    new MetadataSettings(
                            new BrokerRegistration(id, "host-" + id, 9090 + id), Integer.toString(id), 2, 3, SESSION),
                    machine,
                    new MetadataSeams(
                            this,
                            () -> new TreeMap<>(addresses(NODES)),
                            () -> OptionalInt.of(leader),
                            () -> NOW_MILLIS,
                            new Random(seeds.incrementAndGet()),
                            scheduler));
        }

        @Override
        public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
            Fault fault = faults.poll();
            if (isCutOff || fault == Fault.TIMEOUT_NOT_APPLIED) {
                return timeout();
            }
            proposed.incrementAndGet();
            byte[] bytes = new byte[command.remaining()];
            command.get(bytes);
            CompletableFuture<ByteBuffer> result = CompletableFuture.supplyAsync(() -> append(bytes), applyThread);
            return fault == null ? result : result.thenCompose(done -> timeout());
        }

        @Override
        public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
            if (isCutOff) {
                return timeout();
            }
            return CompletableFuture.supplyAsync(() -> node(leader).machine.query(request), applyThread)
                    .whenComplete((answer, failure) -> pings.incrementAndGet());
        }

        private CompletableFuture<ByteBuffer> timeout() {
            return CompletableFuture.failedFuture(new TimeoutException("injected"));
        }

        /** Stops applying, or goes on with all that was missed. */
        void lag(boolean lags) {
            run(() -> {
                isLagging = lags;
                catchUp();
            });
        }

        private void catchUp() {
            while (!isLagging && applied < entries.size()) {
                applyNext();
            }
        }

        private void applyNext() {
            Entry entry = entries.get(applied);
            applied++;
            ByteBuffer unused =
                    machine.apply(entry.term(), index(applied), entry.command().duplicate());
        }
    }

    TestGroup() {
        NODES.forEach(this::start);
        NODES.forEach(id -> get(node(id).metadata.started()));
        await().atMost(LIMIT)
                .until(() -> NODES.stream()
                        .allMatch(id -> node(id).metadata.brokers().size() == NODES.size()));
    }

    void start(int id) {
        Node unused = new Node(id);
    }

    /** As after kill -9: the session is not closed. */
    void crash(int id) {
        node(id).isCutOff = true;
    }

    Node node(int id) {
        return java.util.Objects.requireNonNull(nodes.get(id));
    }

    Metadata metadata(int id) {
        return node(id).metadata;
    }

    void lead(int id) {
        run(() -> {
            node(leader).machine.onLeadership(false);
            leader = id;
            term++;
            node(id).machine.onLeadership(true);
        });
    }

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Raft indexes rise with gaps. */
    private static long index(int entry) {
        return 3L * entry;
    }

    private record Entry(long term, ByteBuffer command) {}

    private ByteBuffer append(byte[] entry) {
        entries.add(new Entry(term, ByteBuffer.wrap(entry).asReadOnlyBuffer()));
        nodes.values().forEach(Node::catchUp);
        return ByteBuffer.allocate(0);
    }

    Topic create(int node, String name, int partitions) {
        return ((Done) get(metadata(node).createTopic(name, partitions, 3, Map.of(), false))).topic();
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private void run(Runnable task) {
        get(CompletableFuture.runAsync(task, applyThread));
    }

    @Override
    public void close() {
        nodes.values().forEach(node -> node.metadata.close());
        scheduler.shutdownNow();
        applyThread.shutdownNow();
    }

    /** Raft endpoints that nobody listens on. */
    static Map<Integer, RaftAddress> addresses(Collection<Integer> nodes) {
        return nodes.stream().collect(Collectors.toMap(Function.identity(), id -> new RaftAddress("host-" + id, 9190)));
    }
}
