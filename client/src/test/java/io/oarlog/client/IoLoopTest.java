package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class IoLoopTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final IoLoop loop = new IoLoop("io-loop-test");
    private final List<Integer> ran = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        loop.close();
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop::execute).join();
    }

    private static long millis(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void shouldRunTasksInTheirOrderOnItsThread() {
        // given
        assertThat(loop.inLoop()).isFalse();

        // when
        for (int i = 0; i < 10_000; i++) {
            int number = i;
            loop.execute(() -> {
                if (loop.inLoop()) {
                    ran.add(number);
                }
            });
            if (i % 1000 == 0) {
                onLoop(() -> {}); // the loop falls asleep now and then
            }
        }

        // then
        onLoop(() -> {});
        assertThat(ran).hasSize(10_000).isSorted();
    }

    @Test
    void shouldRunScheduledTasksByTheirTimesAndNeverBefore() {
        // given
        long begin = System.nanoTime();
        CompletableFuture<Long> last = new CompletableFuture<>();

        // when
        onLoop(() -> {
            loop.schedule(() -> last.complete(System.nanoTime()), millis(60));
            loop.schedule(() -> ran.add(3), millis(40));
            loop.schedule(() -> ran.add(1), millis(20));
            loop.schedule(() -> ran.add(2), millis(20));
            loop.schedule(() -> ran.add(0), -1);
        });

        // then
        assertThat(last.join() - begin).isGreaterThanOrEqualTo(millis(60));
        assertThat(ran).containsExactly(0, 1, 2, 3);
    }

    @Test
    void shouldNotRunACancelledTask() {
        // given
        CompletableFuture<Void> later = new CompletableFuture<>();

        // when
        onLoop(() -> {
            ScheduledTask cancelled = loop.schedule(() -> ran.add(1), millis(10));
            loop.schedule(() -> later.complete(null), millis(30));
            cancelled.cancel();
        });

        // then
        later.join();
        assertThat(ran).isEmpty();
    }

    @Test
    void shouldGoOnAfterATaskThatThrows() {
        // when
        loop.execute(() -> {
            throw new IllegalStateException("this task fails on purpose");
        });
        loop.execute(() -> {
            throw new AssertionError("this one too");
        });

        // then
        onLoop(() -> ran.add(1));
        assertThat(ran).containsExactly(1);
    }

    @Test
    void shouldRunWhatWaitsBeforeItEndsAndNothingAfter() {
        // given
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        loop.execute(() -> thread.complete(Thread.currentThread()));

        // when
        loop.execute(() -> ran.add(1));
        loop.close();
        await().atMost(TIMEOUT).until(() -> !thread.join().isAlive());
        loop.execute(() -> ran.add(2));
        loop.close();

        // then
        assertThat(ran).containsExactly(1);
    }

    @Test
    void shouldServeItsChannelsWhileTasksBegetTasks() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            AtomicBoolean isOver = new AtomicBoolean();
            Runnable restless = new Runnable() {
                @Override
                public void run() {
                    if (!isOver.get()) {
                        loop.execute(this);
                    }
                }
            };
            loop.execute(restless);

            // when
            TcpChannel channel = peer.accept(loop, TIMEOUT);
            peer.write(new byte[] {7});

            // then
            await().atMost(TIMEOUT).until(() -> peer.received().length == 1);
            isOver.set(true);
            onLoop(channel::close);
        }
    }

    @Test
    void shouldEndItsChannelsWithItself() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel unused = peer.accept(loop, TIMEOUT);

            // when
            loop.close();

            // then
            assertThat(peer.read(1)).isEmpty();
            await().atMost(TIMEOUT).until(peer::channelHasEnded);
        }
    }

    @Test
    void shouldForgetAnInterruptThatATaskLeaves() {
        // given: with it the thread would never wait again
        loop.execute(() -> Thread.currentThread().interrupt());

        // when
        boolean isInterrupted = CompletableFuture.supplyAsync(
                        () -> Thread.currentThread().isInterrupted(), loop::execute)
                .join();

        // then
        assertThat(isInterrupted).isFalse();
    }

    @Test
    void shouldRunWhatIsDueThoughSomethingIsScheduledForEver() {
        // given
        CompletableFuture<Void> due = new CompletableFuture<>();

        // when
        onLoop(() -> {
            loop.schedule(() -> due.complete(null), 0);
            loop.schedule(() -> ran.add(1), Long.MAX_VALUE);
        });

        // then
        assertThat(due).succeedsWithin(TIMEOUT);
        assertThat(ran).isEmpty();
    }

    @Test
    void shouldConnectByName() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // when
            TcpChannel channel = peer.accept(loop, "localhost", TIMEOUT);

            // then
            peer.write(new byte[] {7});
            await().atMost(TIMEOUT).until(() -> peer.received().length == 1);
            onLoop(channel::close);
        }
    }

    @Test
    void shouldTellOnTheLoopThatNobodyHasAName() {
        // given: a label longer than names can have, so that no name service is asked
        Endpoint nowhere = new Endpoint("x".repeat(64) + ".invalid", 9092);
        CompletableFuture<Boolean> toldInLoop = new CompletableFuture<>();

        // when
        CompletableFuture<TcpChannel> connected = OnLoop.call(
                loop,
                () -> loop.connect(nowhere, TIMEOUT, PeerSocket.IGNORED)
                        .whenComplete((channel, failure) -> toldInLoop.complete(loop.inLoop())));

        // then
        assertThatThrownBy(connected::join).hasCauseInstanceOf(UnknownHostException.class);
        assertThat(toldInLoop).isCompletedWithValue(true);
    }
}
