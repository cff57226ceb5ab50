package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.raft.PartitionAppender.EntryOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The submitter is scripted and everything runs on the test's thread. */
class PartitionAppenderTest {
    private static final int EPOCH = 7;
    private static final AppendOutcome NOT_LEADER = new AppendOutcome.NotLeader(OptionalInt.of(2), EPOCH);
    private static final AppendOutcome OUT_OF_SPACE = new AppendOutcome.OutOfSpace("nearly full");
    private static final int WAITING_BYTES = 2_000;

    private final PartitionTail tail = new PartitionTail(100);
    private final CommitWaiters waiters = new CommitWaiters();
    private final ScriptedHost host = new ScriptedHost();
    private final ScriptedSubmitter submitter = new ScriptedSubmitter();
    private final List<CompletableFuture<AppendOutcome>> others = new ArrayList<>();
    private final PartitionAppender appender = appenderOn(Runnable::run);

    @Test
    void shouldSendASingleAppendOfAnIdlePartitionAtOnce() {
        // when
        CompletableFuture<AppendOutcome> outcome = append(TestAppends.batch("a"));

        // then
        assertThat(submitter.sent).hasSize(1);
        assertThat(outcome).isNotDone();
        submitter.end(0, EntryOutcome.COMMITTED);
        assertThat(outcome).isCompletedWithValue(new AppendOutcome.Appended(0, false));
    }

    @Test
    void shouldJoinWhatArrivesWhileEnoughEntriesAreInFlight() {
        // given: two in flight
        alsoAppend(TestAppends.batch("a"));
        alsoAppend(TestAppends.batch("b"));

        // when
        CompletableFuture<AppendOutcome> third = append(TestAppends.batch("c"));
        CompletableFuture<AppendOutcome> fourth = append(TestAppends.batch("d"));
        int sentBefore = submitter.sent.size();
        submitter.end(0, EntryOutcome.COMMITTED);
        submitter.end(2, EntryOutcome.COMMITTED);

        // then
        assertThat(sentBefore).isEqualTo(2);
        assertThat(submitter.sent).hasSize(3);
        assertThat(third).isCompletedWithValue(new AppendOutcome.Appended(2, false));
        assertThat(fourth).isCompletedWithValue(new AppendOutcome.Appended(3, false));
    }

    @Test
    void shouldCheckAnewAndKeepTheOrderWhenTheTailHadMoved() {
        // given: the first entry is refused because the tail moved, the others wait behind it
        submitter.script.add(EntryOutcome.STALE);

        // when
        CompletableFuture<AppendOutcome> first = append(TestAppends.batch("a", 5, 0, 0));
        CompletableFuture<AppendOutcome> second = append(TestAppends.batch("b", 5, 0, 1));

        // then: sent again, in order
        submitter.end(1, EntryOutcome.COMMITTED);
        submitter.end(2, EntryOutcome.COMMITTED);
        assertThat(first).isCompletedWithValue(new AppendOutcome.Appended(0, false));
        assertThat(second).isCompletedWithValue(new AppendOutcome.Appended(1, false));
    }

    @Test
    void shouldAnswerARepetitionOnlyWhenTheFirstOneIsCommitted() {
        // given
        alsoAppend(TestAppends.batch("a", 5, 0, 0));

        // when
        CompletableFuture<AppendOutcome> repetition = append(TestAppends.batch("a", 5, 0, 0));
        boolean wasAnsweredBefore = repetition.isDone();
        commitUpTo(1);

        // then
        assertThat(wasAnsweredBefore).isFalse();
        assertThat(repetition).isCompletedWithValue(new AppendOutcome.Appended(0, true));
    }

    @Test
    void shouldNotAnswerARepetitionForAFirstOneThatWasNeverAppended() {
        // given: two in flight, and behind them an append and its repetition, of which Raft takes neither
        alsoAppend(TestAppends.batch("x"));
        alsoAppend(TestAppends.batch("y"));
        CompletableFuture<AppendOutcome> first = append(TestAppends.batch("a", 5, 0, 0));
        CompletableFuture<AppendOutcome> repetition = append(TestAppends.batch("a", 5, 0, 0));
        submitter.script.add(EntryOutcome.BUSY);
        submitter.script.add(EntryOutcome.BUSY);

        // when: another record takes the offset
        submitter.end(0, EntryOutcome.COMMITTED);
        alsoAppend(TestAppends.batch("z"));
        commitUpTo(3);

        // then
        assertThat(first).isCompletedWithValue(new AppendOutcome.Busy());
        assertThat(repetition).isCompletedWithValue(new AppendOutcome.Busy());
    }

    @Test
    void shouldNotAnswerARepetitionWithAnOffsetThatWasTruncatedMeanwhile() {
        // given: the first one is in the tail, not committed; its repetition waits behind an append that is refused
        alsoAppend(TestAppends.batch("a", 5, 0, 0));
        alsoAppend(TestAppends.batch("x"));
        CompletableFuture<AppendOutcome> gap = append(TestAppends.batch("g", 5, 0, 9));
        CompletableFuture<AppendOutcome> repetition = append(TestAppends.batch("a", 5, 0, 0));

        // when: after both were checked leadership is lost and the tail cut, and the next leader commits another record
        // at the offset
        CompletableFuture<Void> lost = gap.thenRun(() -> {
            waiters.failAll("leadership was lost");
            var unused = tail.truncate(1);
            host.refusal = NOT_LEADER;
            host.highWatermark = 1;
        });
        submitter.end(1, EntryOutcome.UNKNOWN);

        // then
        assertThat(lost).isCompleted();
        assertThat(repetition).isCompletedWithValueMatching(outcome -> outcome instanceof AppendOutcome.Unknown);
    }

    @Test
    void shouldAnswerARepetitionAlthoughSpaceRanOutAfterItWasChecked() {
        // given: the first one is in the tail, not committed; its repetition waits behind an append that is refused
        alsoAppend(TestAppends.batch("a", 5, 0, 0));
        alsoAppend(TestAppends.batch("x"));
        CompletableFuture<AppendOutcome> gap = append(TestAppends.batch("g", 5, 0, 9));
        CompletableFuture<AppendOutcome> repetition = append(TestAppends.batch("a", 5, 0, 0));

        // when
        CompletableFuture<Void> ranOut = gap.thenRun(() -> host.refusal = OUT_OF_SPACE);
        submitter.end(1, EntryOutcome.COMMITTED);
        commitUpTo(2);

        // then: the first one is not affected
        assertThat(ranOut).isCompleted();
        assertThat(repetition).isCompletedWithValue(new AppendOutcome.Appended(0, true));
    }

    @Test
    void shouldAnswerWhatWaitsWhenSpaceRunsOut() {
        // given
        alsoAppend(TestAppends.batch("a"));
        alsoAppend(TestAppends.batch("b"));
        CompletableFuture<AppendOutcome> waiting = append(TestAppends.batch("c"));

        // when
        host.refusal = OUT_OF_SPACE;
        submitter.end(0, EntryOutcome.COMMITTED);

        // then: before it enters the Raft log
        assertThat(waiting).isCompletedWithValue(OUT_OF_SPACE);
        assertThat(submitter.sent).hasSize(2);
    }

    @Test
    void shouldAnswerAndGoOnWhenTheSubmitterThrows() {
        // given
        submitter.failure = new IllegalStateException("not started yet");

        // when: more often than entries may be in flight
        List<CompletableFuture<AppendOutcome>> failed = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            failed.add(append(TestAppends.batch("a")));
        }
        submitter.failure = null;
        CompletableFuture<AppendOutcome> next = append(TestAppends.batch("b"));
        submitter.end(0, EntryOutcome.COMMITTED);

        // then
        assertThat(failed)
                .allSatisfy(outcome ->
                        assertThat(outcome).isCompletedWithValueMatching(o -> o instanceof AppendOutcome.Unknown));
        assertThat(next).isCompletedWithValue(new AppendOutcome.Appended(0, false));
    }

    @Test
    void shouldAnswerWhenTheNodeIsClosed() {
        // given: the pool takes no tasks any more
        PartitionAppender closing = appenderOn(task -> {
            throw new RejectedExecutionException("closed");
        });

        // when
        ByteBuffer batch = TestAppends.batch("a");
        CompletableFuture<AppendOutcome> outcome = closing.append(TestAppends.pending(batch));

        // then
        assertThat(outcome).isCompletedWithValue(NOT_LEADER);
    }

    @Test
    void shouldAnswerWhatWaitsWhenLeadershipIsLost() {
        // given
        alsoAppend(TestAppends.batch("a"));
        alsoAppend(TestAppends.batch("b"));
        CompletableFuture<AppendOutcome> waiting = append(TestAppends.batch("c"));

        // when
        host.refusal = NOT_LEADER;
        submitter.end(0, EntryOutcome.UNKNOWN);

        // then
        assertThat(waiting).isCompletedWithValue(NOT_LEADER);
    }

    @Test
    void shouldRefuseWhatExceedsTheBoundAndTakeMoreAfterwards() {
        // given: two in flight and the queue full
        String value = "v".repeat(WAITING_BYTES / 2);
        alsoAppend(TestAppends.batch("a"));
        alsoAppend(TestAppends.batch("b"));
        CompletableFuture<AppendOutcome> waiting = append(TestAppends.batch(value));

        // when
        CompletableFuture<AppendOutcome> refused = append(TestAppends.batch(value));
        submitter.end(0, EntryOutcome.COMMITTED);
        CompletableFuture<AppendOutcome> later = append(TestAppends.batch(value));

        // then
        assertThat(refused).isCompletedWithValue(new AppendOutcome.Busy());
        assertThat(waiting).isNotDone();
        assertThat(later).isNotDone();
    }

    @Test
    void shouldNotAppendInALaterEpochWhatWasMeantForAnEarlierOne() {
        // given: leadership is lost and won again while it is on its way into the log
        submitter.script.add(EntryOutcome.STALE);
        submitter.beforeRefusal = () -> host.leaderEpoch = EPOCH + 1;

        // when
        CompletableFuture<AppendOutcome> outdated = appendInEpoch(TestAppends.batch("old"), EPOCH);
        CompletableFuture<AppendOutcome> current = appendInEpoch(TestAppends.batch("new"), EPOCH + 1);
        submitter.end(1, EntryOutcome.COMMITTED);

        // then
        assertThat(outdated).isCompletedWithValue(NOT_LEADER);
        assertThat(current).isCompletedWithValue(new AppendOutcome.Appended(0, false));
    }

    @Test
    void shouldFreeTheRoomOfWhatWasMeantForAnEarlierEpoch() {
        // given: two in flight and the queue full of the earlier epoch's
        String value = "v".repeat(WAITING_BYTES / 2);
        alsoAppend(TestAppends.batch("a"));
        alsoAppend(TestAppends.batch("b"));
        others.add(appendInEpoch(TestAppends.batch(value), EPOCH));

        // when
        host.leaderEpoch = EPOCH + 1;
        submitter.end(0, EntryOutcome.COMMITTED);
        CompletableFuture<AppendOutcome> current = appendInEpoch(TestAppends.batch(value), EPOCH + 1);
        submitter.end(1, EntryOutcome.COMMITTED);
        submitter.end(2, EntryOutcome.COMMITTED);

        // then
        assertThat(current).isCompletedWithValue(new AppendOutcome.Appended(2, false));
    }

    private CompletableFuture<AppendOutcome> appendInEpoch(ByteBuffer batch, int leaderEpoch) {
        return appender.append(new PendingAppend(batch, TestAppends.headers(batch), OptionalInt.of(leaderEpoch)));
    }

    private PartitionAppender appenderOn(Executor pool) {
        RaftSettings settings = new RaftSettings(
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                1 << 20,
                1_000,
                2,
                WAITING_BYTES,
                0,
                SnapshotSettings.defaults(),
                SnapshotSettings.ofPartitions(),
                RaftSettings.UNLIMITED,
                Patience.DEFAULT);
        return new PartitionAppender(host, tail, submitter, pool, settings, waiters);
    }

    private CompletableFuture<AppendOutcome> append(ByteBuffer batch) {
        return appender.append(TestAppends.pending(batch));
    }

    /** An append whose answer the test does not look at. */
    private void alsoAppend(ByteBuffer batch) {
        others.add(append(batch));
    }

    private void commitUpTo(long highWatermark) {
        host.highWatermark = highWatermark;
        waiters.onHighWatermark(highWatermark);
    }

    /** Places each entry at the end of the tail and keeps its future, or refuses it as the script says. */
    private final class ScriptedSubmitter implements PartitionAppender.EntrySubmitter {
        private final List<CompletableFuture<EntryOutcome>> sent = new ArrayList<>();
        private final Deque<EntryOutcome> script = new ArrayDeque<>();
        private @Nullable RuntimeException failure;
        private Runnable beforeRefusal = () -> {};
        private long nextIndex = 1;

        @Override
        public CompletableFuture<EntryOutcome> submit(JoinedEntry entry) {
            if (failure != null) {
                throw failure;
            }
            CompletableFuture<EntryOutcome> future = new CompletableFuture<>();
            sent.add(future);
            EntryOutcome refusal = script.poll();
            if (refusal != null) {
                beforeRefusal.run();
                future.complete(refusal);
                return future;
            }
            entry.placeAt(tail.endOffset(), EPOCH);
            var unused = tail.append(
                    nextIndex++,
                    EntryHeader.decode(ByteBuffer.wrap(entry.header())),
                    UnsafeByteOperations.unsafeWrap(entry.data()));
            return future;
        }

        void end(int number, EntryOutcome outcome) {
            sent.get(number).complete(outcome);
        }
    }

    private static final class ScriptedHost implements PartitionAppender.Host {
        private @Nullable AppendOutcome refusal;
        private long highWatermark;
        private int leaderEpoch = EPOCH;

        @Override
        public int leaderEpoch() {
            return leaderEpoch;
        }

        @Override
        public PartitionId id() {
            return new PartitionId(new UUID(0, 1), "orders", 0);
        }

        @Override
        public Optional<AppendOutcome> refusal() {
            return Optional.ofNullable(refusal);
        }

        @Override
        public boolean isLeading() {
            return refusal == null || refusal == OUT_OF_SPACE;
        }

        @Override
        public AppendOutcome notLeader() {
            return NOT_LEADER;
        }

        @Override
        public long highWatermark() {
            return highWatermark;
        }
    }
}
