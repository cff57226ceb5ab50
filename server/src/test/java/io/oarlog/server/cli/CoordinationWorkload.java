package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;

/**
 * Curator clients that coordinate all the time: some elect a leader and count under a mutex, one creates numbered znodes, one
 * mirrors them, one has ephemerals. What must never happen is kept in {@link #violations}. Used by the test's thread.
 */
final class CoordinationWorkload implements AutoCloseable {
    private static final int SESSION_MILLIS = 20_000;
    private static final int CONNECT_MILLIS = 15_000;
    private static final int CONTENDERS = 3;
    private static final int EPHEMERALS = 10;
    private static final String COUNTER = "/workload/counter";
    private static final String NUMBERS = "/workload/numbers";
    private static final String EPHEMERAL_PARENT = "/workload/ephemerals";

    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final List<CuratorFramework> clients = new ArrayList<>();
    private final List<Long> sessions = new ArrayList<>();
    private final List<LeaderLatch> latches = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<AtomicInteger> steps = new ArrayList<>();
    private final AtomicInteger holders = new AtomicInteger();
    private final AtomicInteger counted = new AtomicInteger();
    private final Queue<Integer> acknowledged = new ConcurrentLinkedQueue<>();
    private final String connectString;
    private final CuratorFramework mirroring;
    private final CuratorCache mirror;
    private volatile boolean isStopping;

    /** What a thread does again and again. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private CoordinationWorkload(String connectString) throws Exception {
        this.connectString = connectString;
        CuratorFramework first = connect();
        for (String parent : List.of(COUNTER, NUMBERS, EPHEMERAL_PARENT)) {
            first.create().creatingParentsIfNeeded().forPath(parent, new byte[] {0});
        }
        this.mirroring = connect();
        this.mirror = CuratorCache.build(mirroring, NUMBERS);
    }

    static CoordinationWorkload start(String connectString) throws Exception {
        CoordinationWorkload workload = new CoordinationWorkload(connectString);
        workload.mirror.start();
        workload.startContenders();
        workload.startWriter();
        CuratorFramework owner = workload.connect();
        for (int i = 0; i < EPHEMERALS; i++) {
            owner.create().withMode(CreateMode.EPHEMERAL).forPath(EPHEMERAL_PARENT + "/" + i);
        }
        workload.startThread(workload::checkEphemerals);
        workload.startThread(workload::checkLeaders);
        return workload;
    }

    private CuratorFramework connect() throws Exception {
        CuratorFramework client =
                CuratorFrameworkFactory.newClient(connectString, SESSION_MILLIS, CONNECT_MILLIS, new RetryForever(100));
        int number = clients.size();
        client.getConnectionStateListenable().addListener((curator, state) -> {
            if (state == ConnectionState.LOST) {
                violations.add("client " + number + " lost its session");
            }
        });
        client.start();
        client.blockUntilConnected();
        clients.add(client);
        sessions.add(client.getZookeeperClient().getZooKeeper().getSessionId());
        return client;
    }

    private void startContenders() throws Exception {
        for (int i = 0; i < CONTENDERS; i++) {
            CuratorFramework client = connect();
            LeaderLatch latch = new LeaderLatch(client, "/workload/leader", "contender-" + i);
            latch.start();
            latches.add(latch);
            InterProcessMutex mutex = new InterProcessMutex(client, "/workload/mutex");
            startThread(() -> countUnder(mutex, client));
        }
    }

    private void countUnder(InterProcessMutex mutex, CuratorFramework client) throws Exception {
        mutex.acquire();
        try {
            if (holders.incrementAndGet() != 1) {
                violations.add("two hold the mutex");
            }
            increment(client);
            counted.incrementAndGet();
        } finally {
            holders.decrementAndGet();
            mutex.release();
        }
    }

    /** Nobody else may change the counter meanwhile: that it has changed says that an attempt of unknown outcome was done. */
    private void increment(CuratorFramework client) throws Exception {
        Stat before = new Stat();
        client.getData().storingStatIn(before).forPath(COUNTER);
        try {
            client.setData().withVersion(before.getVersion()).forPath(COUNTER, new byte[] {0});
        } catch (KeeperException.BadVersionException e) {
            int version = client.checkExists().forPath(COUNTER).getVersion();
            if (version != before.getVersion() + 1) {
                violations.add("the counter went from " + before.getVersion() + " to " + version + " under one lock");
            }
        }
    }

    private void startWriter() throws Exception {
        CuratorFramework client = connect();
        AtomicInteger next = new AtomicInteger();
        startThread(() -> {
            int number = next.getAndIncrement();
            try {
                client.create().forPath(NUMBERS + "/" + number);
            } catch (KeeperException.NodeExistsException e) {
                // An attempt before this one, of which nothing was heard.
            }
            acknowledged.add(number);
        });
    }

    private void checkEphemerals() throws Exception {
        mirroring.sync().forPath(EPHEMERAL_PARENT);
        int there = mirroring.getChildren().forPath(EPHEMERAL_PARENT).size();
        if (there != EPHEMERALS) {
            violations.add(there + " ephemerals of " + EPHEMERALS);
        }
    }

    private void checkLeaders() {
        long leaders = latches.stream().filter(LeaderLatch::hasLeadership).count();
        if (leaders > 1) {
            violations.add(leaders + " leaders");
        }
        if (leaders == 0) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> isStopping || latches.stream().anyMatch(LeaderLatch::hasLeadership));
        }
    }

    private void startThread(Step step) {
        AtomicInteger done = new AtomicInteger();
        steps.add(done);
        Thread thread = new Thread(
                () -> {
                    while (!isStopping) {
                        try {
                            step.run();
                            done.incrementAndGet();
                        } catch (Exception e) {
                            violations.add(e.toString());
                            return;
                        }
                    }
                },
                "workload-" + threads.size());
        threads.add(thread);
        thread.start();
    }

    /** Returns when each thread has done so many steps more. */
    void awaitProgress(int more, Duration limit) {
        List<Integer> before = steps.stream().map(AtomicInteger::get).toList();
        await().atMost(limit).until(() -> {
            for (int i = 0; i < before.size(); i++) {
                if (steps.get(i).get() < before.get(i) + more) {
                    return !violations.isEmpty();
                }
            }
            return true;
        });
    }

    void stop() throws InterruptedException {
        isStopping = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    Queue<String> violations() {
        return violations;
    }

    void assertMirrorsAgree() throws Exception {
        Set<String> mirrored = mirror.stream()
                .map(ChildData::getPath)
                .filter(path -> !path.equals(NUMBERS))
                .collect(Collectors.toSet());
        Set<String> there = mirroring.getChildren().forPath(NUMBERS).stream()
                .map(name -> NUMBERS + "/" + name)
                .collect(Collectors.toSet());
        assertThat(mirrored).isEqualTo(there);
    }

    /** Sessions are those of the beginning, and all that was acknowledged is there, once. */
    void assertNothingWasLost() throws Exception {
        CuratorFramework reader = connect();
        reader.sync().forPath(NUMBERS);
        Set<String> there = new HashSet<>(reader.getChildren().forPath(NUMBERS));
        assertThat(there).containsAll(acknowledged.stream().map(String::valueOf).toList());
        assertThat(reader.checkExists().forPath(COUNTER).getVersion()).isEqualTo(counted.get());
        for (int i = 0; i < sessions.size(); i++) {
            assertThat(clients.get(i).getZookeeperClient().getZooKeeper().getSessionId())
                    .isEqualTo(sessions.get(i));
        }
    }

    @Override
    public void close() throws IOException {
        isStopping = true;
        for (LeaderLatch latch : latches) {
            latch.close();
        }
        mirror.close();
        clients.forEach(CuratorFramework::close);
    }
}
