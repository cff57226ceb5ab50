package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.AclPool;
import io.oarlog.metadata.tree.CommandEntry;
import io.oarlog.metadata.tree.CommandTooLargeException;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeTree;
import io.oarlog.raft.CommandLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CommandStreamTest {
    private final MetadataStateMachine machine = new MetadataStateMachine(() -> 0);
    private final Sent log = new Sent();
    private final List<String> created = new ArrayList<>();
    private final Random random = new Random(7);
    private final List<Runnable> timers = new ArrayList<>();
    private long timerNanos;
    private long nanos;
    private CommandStream stream = newStream();

    /** Keeps what is sent; the test decides what becomes of it. */
    private static final class Sent implements CommandLog {
        final List<ByteBuffer> entries = new ArrayList<>();
        final List<CompletableFuture<ByteBuffer>> replies = new ArrayList<>();

        @Override
        public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
            entries.add(command);
            CompletableFuture<ByteBuffer> reply = new CompletableFuture<>();
            replies.add(reply);
            return reply;
        }

        @Override
        public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
            throw new AssertionError("no question");
        }

        CommandEntry entry(int i) {
            return EntryCodec.decode(entries.get(i), new AclPool());
        }

        boolean answer(int i) {
            return replies.get(i).complete(ByteBuffer.allocate(0));
        }

        boolean fail(int i) {
            return replies.get(i).completeExceptionally(new TimeoutException("injected"));
        }
    }

    private final AtomicInteger ends = new AtomicInteger();

    CommandStreamTest() {
        machine.addListener(new TreeListener() {
            @Override
            public void onChange(ZnodeTree tree, List<ZnodeEvent> events) {
                if (!events.isEmpty()) {
                    created.add(events.get(0).path());
                }
            }

            @Override
            public void onRestored(ZnodeTree tree) {
                throw new AssertionError(tree);
            }

            @Override
            public void onStreamEnded() {
                ends.incrementAndGet();
            }
        });
    }

    @Test
    void shouldJoinWhatArrivesWhileAnEntryIsUnderWay() {
        // given
        List<CompletableFuture<CommandOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            outcomes.add(submit("/" + i));
        }
        assertThat(log.entries).hasSize(1);

        // when
        apply(0);

        // then
        assertThat(log.entries).hasSize(2);
        assertThat(log.entry(1).commands()).hasSize(9);
        assertThat(log.entry(1).sequence()).isEqualTo(1);
        apply(1);
        assertThat(created).containsExactly("/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9");
        for (int i = 0; i < 10; i++) {
            CommandOutcome outcome = outcomes.get(i).join();
            assertThat(outcome.zxid()).isEqualTo(i + 1);
            assertThat(outcome.tree().exists("/" + i)).isTrue();
            assertThat(outcome.tree().exists("/" + (i + 1))).isFalse();
        }
    }

    @Test
    void shouldHoldAnEntryBackForThoseThatWereJustAnswered() {
        // given
        submitAll("/a", "/b", "/c");
        nanos = 5_000_000;
        apply(0);
        assertThat(log.entries).hasSize(1);

        // when: whoever asked for /a asks again
        nanos = 6_000_000;
        submitAll("/d");

        // then
        assertThat(log.entries).hasSize(2);
        assertThat(log.entry(1).commands()).hasSize(3);
    }

    @Test
    void shouldHoldAnEntryBackNoLongerThanTheLastOneTook() {
        // given
        submitAll("/a", "/b", "/c");
        nanos = 5_000_000;
        apply(0);
        assertThat(timerNanos).isEqualTo(5_000_000);

        // when: the timer is early, then in time
        nanos = 9_000_000;
        timers.remove(0).run();
        assertThat(log.entries).hasSize(1);
        nanos = 10_000_000;
        timers.remove(0).run();

        // then
        assertThat(log.entries).hasSize(2);
        assertThat(log.entry(1).commands()).hasSize(2);
        assertThat(timers).isEmpty();
    }

    @Test
    void shouldNotCountTwiceWhoAsksAgainAtOnce() {
        // given: an entry of two, whose first client asks again before the second one is answered
        submitAll("/first");
        CompletableFuture<CommandOutcome> quick = submit("/quick");
        submitAll("/slow");
        apply(0);
        var unused = quick.thenRun(() -> submitAll("/again"));
        assertThat(log.entry(1).commands()).hasSize(2);
        nanos = 5_000_000;
        apply(1);
        assertThat(log.entries).hasSize(2);

        // when
        submitAll("/slow again");

        // then
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(2).commands()).hasSize(2);
    }

    @Test
    void shouldNotWaitForATimerThatIsDueTooLate() {
        // given: a timer of 15 ms, and all that was waited for comes before
        submitAll("/a", "/b", "/c");
        nanos = 15_000_000;
        apply(0);
        submitAll("/d");
        assertThat(log.entries).hasSize(2);

        // when: the next entry takes 1 ms
        nanos = 16_000_000;
        apply(1);
        submitAll("/e");

        // then
        assertThat(timerNanos).isEqualTo(1_000_000);
        nanos = 17_000_000;
        timers.remove(1).run();
        assertThat(log.entries).hasSize(3);
    }

    @Test
    void shouldNotMindAnAnswerThatIsLostOnceAnEntryIsApplied() {
        // given
        submitAll("/a");
        CompletableFuture<CommandOutcome> next = submit("/b");
        apply(0);

        // when
        log.fail(0);

        // then
        assertThat(next).isNotDone();
        apply(1);
        assertThat(next).isCompleted();
    }

    @Test
    void shouldNotHoldBackForLongAfterAnEntryThatTookLong() {
        // given
        submitAll("/a", "/b");

        // when
        nanos = 8_000_000_000L;
        apply(0);

        // then
        assertThat(timerNanos).isEqualTo(20_000_000);
    }

    @Test
    void shouldHoldNothingBackForAClientThatWaitsForEachAnswer() {
        for (int i = 0; i < 3; i++) {
            // when
            submitAll("/" + i);

            // then
            assertThat(log.entries).hasSize(i + 1);
            nanos += 5_000_000;
            apply(i);
        }
        assertThat(timers).isEmpty();
    }

    @Test
    void shouldHoldNothingBackForThoseWhoseOutcomeIsUnknown() {
        // given
        submitAll("/a", "/b", "/c");
        nanos = 5_000_000;
        apply(0);
        submitAll("/d", "/e");
        log.fail(1);

        // when
        submitAll("/f");

        // then
        assertThat(log.entries).hasSize(3);
    }

    @Test
    void shouldSendAtOnceWhenTheNodeStops() {
        // given: its scheduler takes nothing any more
        stream = newStream(new JoinDelay(() -> nanos, (delay, task) -> {
            throw new RejectedExecutionException("injected");
        }));
        submitAll("/a", "/b");
        nanos = 5_000_000;

        // when
        apply(0);

        // then
        assertThat(log.entries).hasSize(2);
    }

    @Test
    void shouldSendFullEntriesWhileOthersAreUnderWay() {
        // given
        ZnodeData data = ZnodeData.copyOf(new byte[1_000_000]);

        // when
        for (int i = 0; i < 10; i++) {
            var unused = stream.submit(Create.persistent("/" + i, data));
        }

        // then
        assertThat(log.entries).hasSize(3);
        apply(0);
        assertThat(log.entries).hasSize(4);
    }

    @Test
    void shouldCompleteWhenThisNodeHasAppliedAndNotBefore() {
        // given
        CompletableFuture<CommandOutcome> outcome = submit("/a");

        // when
        log.answer(0);

        // then
        assertThat(outcome).isNotDone();
        apply(0);
        assertThat(outcome).isCompleted();
    }

    @Test
    void shouldNotWaitForEverForWhatTheLeaderHasAndThisNodeDoesNotGet() {
        // given
        CompletableFuture<CommandOutcome> outcome = submit("/a");

        // when: committed, as the answer says
        log.answer(0);

        // then
        assertThatThrownBy(() -> outcome.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(TimeoutException.class);
        await().atMost(TestGroup.LIMIT).until(() -> ends.get() == 1);
    }

    @Test
    void shouldKeepEntriesBelowTheirLimit() {
        // given
        submitAll("/first");
        ZnodeData half = ZnodeData.copyOf(new byte[600_000]);

        // when
        var first = stream.submit(Create.persistent("/half", half));
        var second = stream.submit(Create.persistent("/other half", half));
        var third = submit("/small");
        apply(0);
        apply(1);

        // then
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(1).commands()).hasSize(1);
        assertThat(log.entry(2).commands()).hasSize(2);
        apply(2);
        assertThat(List.of(first, second, third)).allMatch(CompletableFuture::isDone);
        assertThatThrownBy(() -> stream.submit(Create.persistent("/a", ZnodeData.copyOf(new byte[1_100_000]))))
                .isInstanceOf(CommandTooLargeException.class);
    }

    @Test
    void shouldFailAllThatHasNoOutcomeWhenTheFateOfAnEntryIsUnknown() {
        // given
        List<CompletableFuture<CommandOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            outcomes.add(submit("/" + i));
        }
        apply(0);

        // when
        log.fail(1);

        // then: who has attached sessions through it hears of it
        assertThat(ends).hasValue(1);
        assertThat(outcomes.get(0)).isCompleted();
        for (CompletableFuture<CommandOutcome> unknown : outcomes.subList(1, 5)) {
            assertThatThrownBy(unknown::join).hasCauseInstanceOf(TimeoutException.class);
        }
        CompletableFuture<CommandOutcome> next = submit("/next");
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(2).sequence()).isZero();
        assertThat(log.entry(2).replaces()).isEqualTo(log.entry(0).origin().incarnation());
        assertThat(log.entry(2).origin()).isNotEqualTo(log.entry(0).origin());

        // when: what was given up arrives after all
        apply(2);
        apply(1);

        // then
        assertThat(next).isCompleted();
        assertThat(created).containsExactly("/0", "/next");
    }

    @Test
    void shouldTellNobodyOfWhatIsAppliedAfterItsOutcomeBecameUnknown() {
        // given
        CompletableFuture<CommandOutcome> unknown = submit("/a");
        log.fail(0);
        CompletableFuture<CommandOutcome> next = submit("/b");

        // when: the old entry comes first, so the new one does not replace what it names
        apply(0);
        apply(1);

        // then: it goes into another incarnation, unharmed
        assertThat(unknown).isCompletedExceptionally();
        assertThat(next).isNotDone();
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(2).replaces()).isEqualTo(log.entry(0).origin().incarnation());
        apply(2);
        assertThat(next).isCompleted();
        assertThat(created).containsExactly("/a", "/b");
    }

    @Test
    void shouldBeginAfterARestartAlthoughTheMachineHasYetToCatchUp() {
        // given: the process before has submitted an entry; the new one has not applied it
        submitAll("/a");
        stream = newStream();

        // when
        CompletableFuture<CommandOutcome> first = submit("/c");
        CompletableFuture<CommandOutcome> second = submit("/d");
        apply(0);
        apply(1);

        // then
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(2).commands()).hasSize(2);
        apply(2);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(created).containsExactly("/a", "/c", "/d");
    }

    @Test
    void shouldRefuseAtOnceWhatThereIsNoRoomFor() {
        // given
        ZnodeData data = ZnodeData.copyOf(new byte[1_000_000]);
        CompletableFuture<CommandOutcome> last = new CompletableFuture<>();

        // when
        int taken = -1;
        while (!last.isDone()) {
            taken++;
            last = stream.submit(Create.persistent("/a", data));
        }

        // then
        assertThat(taken).isBetween(100, 150);
        assertThatThrownBy(last::join).hasCauseInstanceOf(TimeoutException.class);
        log.fail(0);
        assertThat(submit("/a")).isNotDone();
    }

    @Test
    void shouldGoOnWhenAnEntryComesAgainAfterItWasApplied() {
        // given
        CompletableFuture<CommandOutcome> first = submit("/a");
        CompletableFuture<CommandOutcome> second = submit("/b");

        // when
        apply(0);
        apply(0);
        apply(1);
        apply(1);
        apply(0);

        // then
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        var unused = submit("/c");
        assertThat(log.entries).hasSize(3);
        assertThat(log.entry(2).sequence()).isEqualTo(2);
    }

    @Test
    void shouldApplyNothingTwiceOrOutOfOrderWhateverIsLostDelayedOrRepeated() {
        for (int seed = 0; seed < 2_000; seed++) {
            CommandStreamTest run = new CommandStreamTest();
            run.applyAtRandom(new Random(seed), seed);
        }
    }

    private void applyAtRandom(Random chance, int seed) {
        // given
        List<CompletableFuture<CommandOutcome>> outcomes = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            // when
            int entries = log.entries.size();
            int recent = entries == 0 ? 0 : Math.max(0, entries - 1 - chance.nextInt(Math.min(entries, 5)));
            switch (chance.nextInt(9)) {
                // Sequential: what is applied twice is seen twice.
                case 0, 1, 2 -> outcomes.add(submitSequential("/" + outcomes.size() + "-"));
                case 3 -> {
                    if (entries > 0 && chance.nextInt(3) == 0) {
                        log.fail(recent);
                    }
                }
                case 4 -> {
                    if (chance.nextInt(10) == 0) {
                        stream = newStream();
                    }
                }
                case 5 -> {
                    if (entries > 0) {
                        log.answer(recent);
                    }
                }
                case 6 -> {
                    nanos += chance.nextInt(3_000_000);
                    if (!timers.isEmpty()) {
                        timers.remove(0).run();
                    }
                }
                default -> {
                    if (entries > 0) {
                        apply(recent);
                    }
                }
            }
        }

        // then
        List<Integer> order = created.stream()
                .map(path -> Integer.parseInt(path.substring(1, path.indexOf('-'))))
                .toList();
        assertThat(order).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
        for (int i = 0; i < outcomes.size(); i++) {
            boolean isReported = outcomes.get(i).isDone() && !outcomes.get(i).isCompletedExceptionally();
            assertThat(!isReported || order.contains(i))
                    .as("seed %d, command %d of %s", seed, i, order)
                    .isTrue();
        }
    }

    private CommandStream newStream() {
        return newStream(new JoinDelay(() -> nanos, (delay, task) -> {
            timerNanos = delay;
            timers.add(task);
        }));
    }

    private CommandStream newStream(JoinDelay delay) {
        return new CommandStream(1, log, machine, () -> 0, random, delay);
    }

    private void submitAll(String... paths) {
        for (String path : paths) {
            var unused = submit(path);
        }
    }

    private CompletableFuture<CommandOutcome> submit(String path) {
        return stream.submit(Create.persistent(path, ZnodeData.EMPTY));
    }

    private CompletableFuture<CommandOutcome> submitSequential(String path) {
        return stream.submit(new Create(path, ZnodeData.EMPTY, Acl.OPEN, CreateMode.PERSISTENT_SEQUENTIAL, 0));
    }

    private void apply(int entry) {
        ByteBuffer unused = machine.apply(1, 1, log.entries.get(entry).duplicate());
    }
}
