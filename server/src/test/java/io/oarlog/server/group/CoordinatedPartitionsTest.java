package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class CoordinatedPartitionsTest {
    private static final int PARTITION = KeptLog.PARTITION.partition();
    private static final int EPOCH = KeptLog.EPOCH;
    private static final String ELECTED = "onElection[3, " + EPOCH + "]";
    private static final String RESIGNED = "onResignation[3, OptionalInt.empty]";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final KeptLog log = new KeptLog();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final CoordinatedPartitions partitions = new CoordinatedPartitions(
            partition -> Optional.of(log), coordinator(), new CoordinatorThreads(executor, executor, executor, timer));

    /** Notes what it is asked for. */
    private GroupCoordinator coordinator() {
        return (GroupCoordinator) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {GroupCoordinator.class}, (proxy, method, arguments) -> {
                    asked.add(method.getName() + List.of(arguments));
                    return null;
                });
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
        timer.shutdownNow();
    }

    private void settle() {
        var unused = java.util.concurrent.CompletableFuture.runAsync(() -> {}, executor)
                .join();
    }

    private void activate() {
        partitions.onLeaderChange(PARTITION);
        partitions.onActive(KeptLog.PARTITION);
        settle();
    }

    @Test
    void shouldAskForOneLoadOnly() {
        // when
        partitions.onLeaderChange(PARTITION);
        partitions.onLeaderChange(PARTITION);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED);
        assertThat(partitions.isActive(PARTITION)).isFalse();
        assertThat(partitions.isWanted(KeptLog.PARTITION)).isTrue();
    }

    @Test
    void shouldServeUntilAnotherNodeLeads() {
        // given
        activate();
        assertThat(partitions.isActive(PARTITION)).isTrue();

        // when
        log.lead(EPOCH + 1, false);
        partitions.onLeaderChange(PARTITION);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED, RESIGNED);
        assertThat(partitions.isActive(PARTITION)).isFalse();
    }

    @Test
    void shouldLoadAnewInALaterEpochOfThisNode() {
        // given: what another leader wrote in between is not in the coordinator's state
        activate();

        // when
        log.lead(EPOCH + 2, true);
        partitions.onLeaderChange(PARTITION);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED, RESIGNED, "onElection[3, " + (EPOCH + 2) + "]");
    }

    @Test
    void shouldAskForTheNextLoadWhenItIsKnownWhatBecameOfTheLast() {
        // given
        partitions.onLeaderChange(PARTITION);
        settle();

        // when
        log.lead(EPOCH + 2, true);
        partitions.onLeaderChange(PARTITION);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED);
        assertThat(partitions.isWanted(KeptLog.PARTITION)).isFalse();
        partitions.onAbandoned(KeptLog.PARTITION);
        settle();
        assertThat(asked).containsExactly(ELECTED, RESIGNED, "onElection[3, " + (EPOCH + 2) + "]");
        assertThat(partitions.isWanted(KeptLog.PARTITION)).isTrue();
    }

    @Test
    void shouldUnloadWhatWasLoadedForAnEarlierEpoch() {
        // given: the load was done before it noticed
        partitions.onLeaderChange(PARTITION);
        settle();
        log.lead(EPOCH + 1, false);
        partitions.onLeaderChange(PARTITION);

        // when
        partitions.onActive(KeptLog.PARTITION);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED, RESIGNED);
    }

    @Test
    void shouldLoadAgainWhatIsBroken() {
        // given
        activate();

        // when
        partitions.onBroken(KeptLog.PARTITION, EPOCH - 1);
        partitions.onBroken(KeptLog.PARTITION, EPOCH);
        settle();

        // then
        assertThat(asked).containsExactly(ELECTED, RESIGNED, ELECTED);
    }

    @Test
    void shouldTryAgainAfterALoadThatFailed() {
        // given
        partitions.onLeaderChange(PARTITION);

        // when
        partitions.onAbandoned(KeptLog.PARTITION);

        // then
        await().untilAsserted(() -> assertThat(asked).containsExactly(ELECTED, RESIGNED, ELECTED));
    }

    @Test
    void shouldChangeNothingWhenItIsClosed() {
        // when
        partitions.close();
        partitions.onLeaderChange(PARTITION);
        settle();

        // then
        assertThat(asked).isEmpty();
        assertThat(partitions.isWanted(KeptLog.PARTITION)).isFalse();
    }
}
