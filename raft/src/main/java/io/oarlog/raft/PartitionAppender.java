package io.oarlog.raft;

import io.oarlog.log.SequenceCheck;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the produces of one partition into Raft entries: while entries are in flight, what arrives waits and shares the
 * next one; an idle partition's produce leaves at once. Thread-safe; the joining itself is one task at a time on the append
 * pool.
 */
final class PartitionAppender {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionAppender.class);

    /** How one entry ended. */
    enum EntryOutcome {
        COMMITTED,
        /** Nothing was appended: the state of the tail had changed. */
        STALE,
        NOT_LEADER,
        BUSY,
        /** Appended; whether it is committed is not known. */
        UNKNOWN
    }

    /** Sends one entry to the group; the entry is appended or refused by the time this returns. */
    interface EntrySubmitter {
        CompletableFuture<EntryOutcome> submit(JoinedEntry entry);
    }

    /** What the appender has to know of its partition. */
    interface Host {
        PartitionId id();

        /** Why nothing can be appended here now, if so. */
        Optional<AppendOutcome> refusal();

        /** Whether this node leads and may still append. */
        boolean isLeading();

        /** Of the present term, whoever leads. */
        int leaderEpoch();

        /** The answer when this node does not lead. */
        AppendOutcome notLeader();

        long highWatermark();
    }

    private final Host partition;
    private final PartitionTail tail;
    private final EntrySubmitter submitter;
    private final Executor pool;
    private final RaftSettings settings;
    private final CommitWaiters waiters;

    // Guarded by this.
    private final Deque<PendingAppend> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private int inFlight;
    private boolean scheduled;

    PartitionAppender(
            Host partition,
            PartitionTail tail,
            EntrySubmitter submitter,
            Executor pool,
            RaftSettings settings,
            CommitWaiters waiters) {
        this.partition = partition;
        this.tail = tail;
        this.submitter = submitter;
        this.pool = pool;
        this.settings = settings;
        this.waiters = waiters;
    }

    CompletableFuture<AppendOutcome> append(PendingAppend append) {
        synchronized (this) {
            if (waitingBytes + append.sizeInBytes() > settings.waitingBytes()) {
                return CompletableFuture.completedFuture(new AppendOutcome.Busy());
            }
            waiting.add(append);
            waitingBytes += append.sizeInBytes();
        }
        schedule();
        return append.outcome();
    }

    /** Fails all that waits and was not appended. */
    void failWaiting(AppendOutcome outcome) {
        List<PendingAppend> failed;
        synchronized (this) {
            failed = new ArrayList<>(waiting);
            waiting.clear();
            waitingBytes = 0;
        }
        answerAll(failed, outcome);
    }

    private void schedule() {
        synchronized (this) {
            if (scheduled || waiting.isEmpty() || inFlight >= settings.inFlightEntries()) {
                return;
            }
            scheduled = true;
        }
        try {
            pool.execute(this::run);
        } catch (RejectedExecutionException e) {
            // The node is closed. Without a task nobody else would answer what waits.
            synchronized (this) {
                scheduled = false;
            }
            failWaiting(partition.notLeader());
        }
    }

    private void run() {
        try {
            while (sendNext()) {
                // until nothing waits or enough is in flight
            }
        } catch (RuntimeException | Error e) {
            LOG.atError().addKeyValue("partition", partition.id()).setCause(e).log("append task failed");
            failWaiting(new AppendOutcome.Unknown("append task failed: " + e.getMessage()));
        } finally {
            synchronized (this) {
                scheduled = false;
            }
            schedule();
        }
    }

    /** Sends one entry made of what waits. Returns whether another could follow. */
    private boolean sendNext() {
        AppendOutcome refusal = partition.refusal().orElse(null);
        if (refusal != null) {
            failWaiting(refusal);
            return false;
        }
        failOutdated();
        Admission admission;
        synchronized (this) {
            if (waiting.isEmpty() || inFlight >= settings.inFlightEntries()) {
                return false;
            }
            admission = tail.admit(waiting.iterator(), settings.joinBytes());
            for (int i = 0; i < admission.taken(); i++) {
                waitingBytes -= waiting.remove().sizeInBytes();
            }
            if (!admission.admitted().isEmpty()) {
                inFlight++;
            }
        }
        admission.refused().forEach(refused -> answer(refused, admission.generation()));
        if (!admission.admitted().isEmpty()) {
            send(admission);
        }
        return true;
    }

    /** What was to be appended in an earlier epoch or not at all. */
    private void failOutdated() {
        int leaderEpoch = partition.leaderEpoch();
        List<PendingAppend> outdated = new ArrayList<>();
        synchronized (this) {
            for (PendingAppend append : waiting) {
                if (!append.isFor(leaderEpoch)) {
                    outdated.add(append);
                    waitingBytes -= append.sizeInBytes();
                }
            }
            waiting.removeAll(outdated);
        }
        answerAll(outdated, partition.notLeader());
    }

    private void send(Admission admission) {
        JoinedEntry entry;
        CompletableFuture<EntryOutcome> submitted;
        try {
            entry = new JoinedEntry(admission);
            submitted = submitter.submit(entry);
        } catch (RuntimeException | Error e) {
            // They no longer wait and no future knows of them: answered here or never.
            entryEnded(e);
            answerAll(admission.admitted(), new AppendOutcome.Unknown("append failed: " + e.getMessage()));
            return;
        }
        var unused = submitted.whenComplete((outcome, failure) -> {
            entryEnded(failure);
            try {
                complete(entry, failure == null ? outcome : EntryOutcome.UNKNOWN);
            } finally {
                schedule();
            }
        });
    }

    private void entryEnded(@Nullable Throwable failure) {
        synchronized (this) {
            inFlight--;
        }
        if (failure != null) {
            LOG.atError()
                    .addKeyValue("partition", partition.id())
                    .setCause(failure)
                    .log("append failed");
        }
    }

    private void complete(JoinedEntry entry, EntryOutcome outcome) {
        switch (outcome) {
            case COMMITTED -> {
                long offset = entry.baseOffset();
                for (PendingAppend append : entry.appends()) {
                    append.outcome().complete(new AppendOutcome.Appended(offset, false));
                    offset += append.recordCount();
                }
            }
            case STALE -> putBack(entry.appends());
            case NOT_LEADER -> answerAll(entry.appends(), partition.notLeader());
            case BUSY -> answerAll(entry.appends(), new AppendOutcome.Busy());
            case UNKNOWN ->
                answerAll(entry.appends(), new AppendOutcome.Unknown("leadership was lost with the append in flight"));
        }
    }

    private static void answerAll(List<PendingAppend> appends, AppendOutcome outcome) {
        appends.forEach(append -> append.outcome().complete(outcome));
    }

    private synchronized void putBack(List<PendingAppend> appends) {
        for (int i = appends.size() - 1; i >= 0; i--) {
            waiting.addFirst(appends.get(i));
            waitingBytes += appends.get(i).sizeInBytes();
        }
    }

    /** @param generation of the tail for which the verdict holds */
    private void answer(Admission.Refused refused, long generation) {
        CompletableFuture<AppendOutcome> outcome = refused.append().outcome();
        SequenceCheck verdict = refused.verdict();
        if (verdict instanceof SequenceCheck.Duplicate duplicate) {
            AppendOutcome original = new AppendOutcome.Appended(duplicate.baseOffset(), true);
            waiters.await(duplicate.lastOffset(), outcome, original);
            // From here on a loss of leadership answers it. What happened between the check and the registration has to
            // be looked at: the first one may have been truncated, and another record be committed at its offset.
            if (tail.generation() != generation || !partition.isLeading()) {
                outcome.complete(new AppendOutcome.Unknown("leadership was lost with the first append in flight"));
            } else {
                waiters.onHighWatermark(partition.highWatermark());
            }
        } else if (verdict instanceof SequenceCheck.OutOfOrder outOfOrder) {
            outcome.complete(new AppendOutcome.OutOfOrderSequence(outOfOrder.expected(), outOfOrder.found()));
        } else if (verdict instanceof SequenceCheck.Fenced fenced) {
            outcome.complete(new AppendOutcome.ProducerFenced(fenced.currentEpoch(), fenced.found()));
        } else {
            throw new AssertionError(verdict);
        }
    }
}
