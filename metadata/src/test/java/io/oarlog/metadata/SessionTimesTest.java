package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.Trees;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.raft.CommandLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** By the real clock: a session of a short timeout does not wait for intervals that are longer. */
class SessionTimesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final int TIMEOUT_MILLIS = 200;

    private final MetadataStateMachine machine = new MetadataStateMachine(System::nanoTime);
    private final ExecutorService applyThread = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final Queue<List<Long>> reported = new ConcurrentLinkedQueue<>();

    private final CompletableFuture<ByteBuffer> unanswered = new CompletableFuture<>();
    private volatile boolean isSilent;

    private final CommandLog log = new CommandLog() {
        @Override
        public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
            return CompletableFuture.supplyAsync(() -> machine.apply(1, 1, command), applyThread);
        }

        @Override
        public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
            reported.add(SessionPing.sessionIds(request));
            if (isSilent) {
                return unanswered;
            }
            return CompletableFuture.completedFuture(machine.query(request));
        }
    };

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
        applyThread.shutdownNow();
    }

    @Test
    void shouldExpireASilentSessionOfAShortTimeout() {
        // given: a check every 500 ms alone would take the time between for its own standstill
        machine.onLeadership(true);
        CommandStream stream = new CommandStream(1, log, machine, () -> 0, new Random(1), TestGroup.noDelay());
        SessionExpiry expiry = new SessionExpiry(
                machine, new CommandSubmitter(stream, log, scheduler), scheduler, Duration.ofMillis(500));
        expiry.start();

        // when
        var unused = stream.submit(new CreateSession(77, Trees.PASSWORD, TIMEOUT_MILLIS));
        await().atMost(LIMIT).until(() -> machine.tree().sessions().contains(77));

        // then
        await().atMost(LIMIT).until(() -> !machine.tree().sessions().contains(77));
        expiry.close();
    }

    @Test
    void shouldReportASessionOfAShortTimeoutSoonAndAllThatWereHeardWithIt() {
        // given
        byte[] shortest =
                CommandCodec.encode(new TimedCommand(1, new CreateSession(77, Trees.PASSWORD, TIMEOUT_MILLIS)));
        byte[] longest =
                CommandCodec.encode(new TimedCommand(1, new CreateSession(78, Trees.PASSWORD, Integer.MAX_VALUE)));
        ByteBuffer unused = machine.apply(1, 1, EntryCodec.encode(Trees.ORIGIN, 0, 0, List.of(shortest, longest)));
        SessionReports reports = new SessionReports(log, machine, scheduler, System::nanoTime, NEVER);

        // when
        reports.heard(78);
        reports.heard(99);
        assertThat(reported).isEmpty();
        reports.heard(77);

        // then
        await().atMost(LIMIT).until(() -> !reported.isEmpty());
        assertThat(reported).hasSize(1);
        assertThat(reported.element()).containsExactlyInAnyOrder(77L, 78L);
    }

    @Test
    void shouldHaveEightReportsUnderWayAtMost() {
        // given
        int sessions = 10;
        List<byte[]> created = new ArrayList<>();
        for (long id = 1; id <= sessions; id++) {
            created.add(
                    CommandCodec.encode(new TimedCommand(1, new CreateSession(id, Trees.PASSWORD, TIMEOUT_MILLIS))));
        }
        ByteBuffer unused = machine.apply(1, 1, EntryCodec.encode(Trees.ORIGIN, 0, 0, created));
        SessionReports reports =
                new SessionReports(log, machine, scheduler, System::nanoTime, Duration.ofMillis(TIMEOUT_MILLIS));
        isSilent = true;

        // when: nobody answers
        for (long id = 1; id <= 8; id++) {
            long heard = id;
            reports.heard(id);
            await().atMost(LIMIT).until(() -> reported.size() == heard);
        }
        reports.heard(9);
        await().during(Duration.ofMillis(3 * TIMEOUT_MILLIS)).atMost(LIMIT).until(() -> reported.size() == 8);
        reports.heard(10);
        unanswered.completeExceptionally(new TimeoutException("injected"));

        // then: who waited goes with the next
        await().atMost(LIMIT).until(() -> reported.size() == 9);
        assertThat(List.copyOf(reported).get(8)).containsExactlyInAnyOrder(9L, 10L);
    }
}
