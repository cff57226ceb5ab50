package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.retry.RetryNTimes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Curator's recipes that agree among several clients, each of them a client with its own session. */
@Timeout(90)
class CuratorRecipesIT {
    private static final int CLIENTS = 3;

    @RegisterExtension
    final CuratorClients clients = new CuratorClients();

    private final List<CuratorFramework> curators = new ArrayList<>();
    private String path;

    /** One thread's part of a test. */
    @FunctionalInterface
    private interface Part {
        void run(CuratorFramework client) throws Exception;
    }

    @BeforeEach
    void connect() throws Exception {
        path = clients.path("recipe");
        for (int i = 0; i < CLIENTS; i++) {
            curators.add(clients.connect());
        }
    }

    /** All clients at the same time; returns when all are through. */
    private void together(Part part) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (CuratorFramework each : curators) {
            running.add(clients.threads().submit(() -> {
                part.run(each);
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldHaveOneLeaderAtATime() throws Exception {
        // given
        List<LeaderLatch> latches = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            latches.add(new LeaderLatch(curators.get(i), path, "client-" + i));
            latches.get(i).start();
        }

        // then: each becomes the leader when those before it go
        for (int left = CLIENTS; left > 0; left--) {
            await().atMost(Ensemble.LIMIT)
                    .until(() ->
                            latches.stream().filter(LeaderLatch::hasLeadership).count() == 1);
            LeaderLatch leader = latches.stream()
                    .filter(LeaderLatch::hasLeadership)
                    .findFirst()
                    .orElseThrow();
            assertThat(leader.getLeader().getId()).isEqualTo(leader.getId());
            assertThat(leader.getParticipants()).hasSize(left);
            latches.remove(leader);
            leader.close();
        }
    }

    @Test
    void shouldGiveEachSelectorItsTurn() throws Exception {
        AtomicInteger leaders = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch turns = new CountDownLatch(2 * CLIENTS);
        for (CuratorFramework each : curators) {
            LeaderSelector selector =
                    clients.closeLater(new LeaderSelector(each, path, new LeaderSelectorListenerAdapter() {
                        @Override
                        public void takeLeadership(CuratorFramework client) {
                            most.accumulateAndGet(leaders.incrementAndGet(), Math::max);
                            turns.countDown();
                            leaders.decrementAndGet();
                        }
                    }));
            selector.autoRequeue();
            selector.start();
        }
        assertThat(turns.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isOne();
    }

    @Test
    void shouldLetOneHoldAMutex() throws Exception {
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger sum = new AtomicInteger();
        together(client -> {
            InterProcessMutex mutex = new InterProcessMutex(client, path);
            for (int i = 0; i < 10; i++) {
                assertThat(mutex.acquire(60, TimeUnit.SECONDS)).isTrue();
                assertThat(mutex.acquire(0, TimeUnit.SECONDS)).isTrue();
                assertThat(holders.incrementAndGet()).isOne();
                sum.incrementAndGet();
                holders.decrementAndGet();
                mutex.release();
                mutex.release();
            }
        });
        assertThat(sum.get()).isEqualTo(10 * CLIENTS);
    }

    @Test
    void shouldNotWaitForAMutexLongerThanAsked() throws Exception {
        InterProcessMutex held = new InterProcessMutex(curators.get(0), path);
        InterProcessMutex wanted = new InterProcessMutex(curators.get(1), path);
        held.acquire();
        assertThat(wanted.acquire(200, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(held.getParticipantNodes()).hasSize(1);
        held.release();
        assertThat(wanted.acquire(30, TimeUnit.SECONDS)).isTrue();
        wanted.release();
    }

    @Test
    void shouldReleaseAMutexWithItsHoldersSession() throws Exception {
        InterProcessMutex held = new InterProcessMutex(curators.get(0), path);
        held.acquire();
        Future<Boolean> waiting = clients.threads()
                .submit(() -> new InterProcessMutex(curators.get(1), path).acquire(60, TimeUnit.SECONDS));
        await().atMost(Ensemble.LIMIT).until(() -> held.getParticipantNodes().size() == 2);
        curators.get(0).close();
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldLetReadersShareALockAndWritersNot() throws Exception {
        InterProcessReadWriteLock first = new InterProcessReadWriteLock(curators.get(0), path);
        InterProcessReadWriteLock second = new InterProcessReadWriteLock(curators.get(1), path);
        first.readLock().acquire();
        assertThat(second.readLock().acquire(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.writeLock().acquire(100, TimeUnit.MILLISECONDS)).isFalse();
        second.readLock().release();
        first.readLock().release();
        assertThat(second.writeLock().acquire(30, TimeUnit.SECONDS)).isTrue();
        assertThat(first.readLock().acquire(100, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(second.readLock().acquire(30, TimeUnit.SECONDS)).isTrue();
        second.writeLock().release();
        assertThat(first.readLock().acquire(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldGiveOutAsManyLeasesAsThereAre() throws Exception {
        AtomicInteger out = new AtomicInteger();
        together(client -> {
            InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, path, 2);
            for (int i = 0; i < 5; i++) {
                Lease lease = semaphore.acquire(60, TimeUnit.SECONDS);
                assertThat(lease).isNotNull();
                assertThat(out.incrementAndGet()).isLessThanOrEqualTo(2);
                out.decrementAndGet();
                semaphore.returnLease(lease);
            }
        });
        InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(curators.get(0), path, 2);
        assertThat(semaphore.acquire(2, 30, TimeUnit.SECONDS)).hasSize(2);
        assertThat(semaphore.acquire(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void shouldWaitAtABarrier() throws Exception {
        new DistributedBarrier(curators.get(0), path).setBarrier();
        Future<Boolean> waiting = clients.threads()
                .submit(() -> new DistributedBarrier(curators.get(1), path).waitOnBarrier(60, TimeUnit.SECONDS));
        assertThat(new DistributedBarrier(curators.get(2), path).waitOnBarrier(200, TimeUnit.MILLISECONDS))
                .isFalse();
        assertThat(waiting).isNotDone();
        new DistributedBarrier(curators.get(0), path).removeBarrier();
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldEnterAndLeaveADoubleBarrierTogether() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        together(client -> {
            DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(client, path, CLIENTS);
            inside.incrementAndGet();
            assertThat(barrier.enter(60, TimeUnit.SECONDS)).isTrue();
            assertThat(inside.get()).isEqualTo(CLIENTS);
            assertThat(barrier.leave(60, TimeUnit.SECONDS)).isTrue();
        });
    }

    @Test
    void shouldCountExactly() throws Exception {
        together(client -> {
            DistributedAtomicLong counter = new DistributedAtomicLong(client, path, new RetryNTimes(200, 5));
            for (int i = 0; i < 20; i++) {
                assertThat(counter.increment().succeeded()).isTrue();
            }
        });
        assertThat(new DistributedAtomicLong(curators.get(0), path, new RetryNTimes(1, 1))
                        .get()
                        .postValue())
                .isEqualTo(20L * CLIENTS);
    }

    @Test
    void shouldShareACount() throws Exception {
        SharedCount first = clients.closeLater(new SharedCount(curators.get(0), path, 3));
        SharedCount second = clients.closeLater(new SharedCount(curators.get(1), path, 4));
        first.start();
        second.start();
        assertThat(second.getCount()).isEqualTo(3);
        VersionedValue<Integer> seen = second.getVersionedValue();
        first.setCount(7);
        await().atMost(Ensemble.LIMIT).until(() -> second.getCount() == 7);
        assertThat(second.trySetCount(seen, 8)).isFalse();
        assertThat(second.trySetCount(second.getVersionedValue(), 9)).isTrue();
        await().atMost(Ensemble.LIMIT).until(() -> first.getCount() == 9);
    }
}
