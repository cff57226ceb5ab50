package io.oarlog.metadata;

import io.oarlog.log.Clock;
import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.raft.CommandLog;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All commands of this node on their way into the Raft log, in order. Thread-safe. Commands that arrive while an entry is
 * under way share the next one, which {@link JoinDelay} may hold back a little for more of them.
 *
 * <p>Entries are numbered, and every replica applies them in the order of their numbers only. When the fate of one is unknown
 * the numbers end there: all commands without an outcome fail, and what comes later begins a new incarnation, which no entry
 * of the old one can follow.
 *
 * <pre>
 * none -> open    the first command: a new incarnation that replaces the one applied here last
 * open -> none    an entry's fate is unknown, or a later entry was refused: all commands fail
 * open -> none    the first entry was refused, for another incarnation came between: nothing of this one is or will be
 *                 applied, so its commands go into the next
 * </pre>
 */
final class CommandStream implements EntryListener {
    private static final Logger LOG = LoggerFactory.getLogger(CommandStream.class);
    /** Full ones. Another that is not full waits until all are applied here: until then it may get more commands. */
    private static final int MAX_UNDER_WAY = 3;

    /** Of the commands that share an entry. */
    private static final int MAX_JOINED_BYTES = 1024 * 1024;

    private static final int MAX_COMMANDS = 100_000;
    private static final long MAX_BYTES = 128L * 1024 * 1024;
    /** A node that is further behind than this gives no answers that depend on its own tree. */
    private static final long APPLY_LIMIT_SECONDS = 8;

    private final int nodeId;
    private final CommandLog log;
    private final MetadataStateMachine machine;
    private final Clock clock;
    private final RandomGenerator random;
    private final JoinDelay delay; // guarded by lock
    private final Object lock = new Object(); // guards the fields below and the state of incarnations
    private Deque<Command> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private @Nullable Incarnation current;
    private int commands; // without an outcome
    private long bytes; // of those
    private boolean isSending;

    private static final class Command {
        final byte[] encoded;
        final CompletableFuture<CommandOutcome> outcome = new CompletableFuture<>();

        Command(byte[] encoded) {
            this.encoded = encoded;
        }
    }

    private static final class Incarnation {
        final Origin origin;
        final long replaces;
        final Deque<Entry> entries = new ArrayDeque<>(); // sent and not applied here
        long nextSequence;

        Incarnation(Origin origin, long replaces) {
            this.origin = origin;
            this.replaces = replaces;
        }
    }

    private static final class Entry {
        final Incarnation incarnation;
        final long sequence;
        final List<Command> commands;
        final long sentNanos;
        final CompletableFuture<Void> applied = new CompletableFuture<>();
        int waitingBehind; // when its first command was applied: who is answered may ask again before its last one is

        Entry(Incarnation incarnation, long sequence, List<Command> commands, long sentNanos) {
            this.incarnation = incarnation;
            this.sequence = sequence;
            this.commands = commands;
            this.sentNanos = sentNanos;
        }

        ByteBuffer encode() {
            List<byte[]> encoded =
                    commands.stream().map(command -> command.encoded).toList();
            return EntryCodec.encode(incarnation.origin, sequence, incarnation.replaces, encoded);
        }
    }

    /** @param random source of incarnations, unlike that of any other process of this node id */
    CommandStream(
            int nodeId,
            CommandLog log,
            MetadataStateMachine machine,
            Clock clock,
            RandomGenerator random,
            JoinDelay delay) {
        this.nodeId = nodeId;
        this.log = log;
        this.machine = machine;
        this.clock = clock;
        this.random = random;
        this.delay = delay;
        machine.setEntryListener(this);
    }

    /** As {@link ReplicatedTree#submit}. */
    CompletableFuture<CommandOutcome> submit(ZnodeCommand command) {
        byte[] encoded = CommandCodec.encode(new TimedCommand(clock.currentTimeMillis(), command));
        Command added = new Command(encoded);
        synchronized (lock) {
            if (commands >= MAX_COMMANDS || bytes + encoded.length > MAX_BYTES) {
                return CompletableFuture.failedFuture(
                        new TimeoutException("too many changes of the metadata wait; try again"));
            }
            commands++;
            bytes += encoded.length;
            waiting.add(added);
            waitingBytes += encoded.length;
        }
        sendAll();
        return added.outcome;
    }

    /** Sends what there is room for. One thread sends at a time, so that entries leave in the order of their numbers. */
    private void sendAll() {
        synchronized (lock) {
            if (isSending) {
                return; // whoever sends looks again before it ends
            }
            isSending = true;
        }
        for (Entry entry = nextOrEnd(); entry != null; entry = nextOrEnd()) {
            send(entry);
        }
    }

    private @Nullable Entry nextOrEnd() {
        synchronized (lock) {
            Incarnation incarnation = current;
            if (waiting.isEmpty() || !isTime(incarnation)) {
                isSending = false;
                return null;
            }
            if (incarnation == null) {
                incarnation = new Incarnation(newOrigin(), machine.incarnation(nodeId));
                current = incarnation;
            }
            Entry entry = new Entry(incarnation, incarnation.nextSequence++, joined(), delay.now());
            incarnation.entries.add(entry);
            return entry;
        }
    }

    /** Whether the next entry may go. */
    private boolean isTime(@Nullable Incarnation incarnation) {
        int underWay = incarnation == null ? 0 : incarnation.entries.size();
        boolean isFull = waitingBytes >= MAX_JOINED_BYTES;
        return isFull ? underWay < MAX_UNDER_WAY : underWay == 0 && !delay.holds(waiting.size(), this::onDelayOver);
    }

    private void onDelayOver() {
        synchronized (lock) {
            delay.onTimer();
        }
        sendAll();
    }

    private Origin newOrigin() {
        long incarnation;
        do {
            incarnation = random.nextLong();
        } while (incarnation == 0);
        return new Origin(nodeId, incarnation);
    }

    private List<Command> joined() {
        List<Command> joined = new ArrayList<>();
        int size = 0;
        while (!waiting.isEmpty()) {
            int next = waiting.getFirst().encoded.length;
            if (!joined.isEmpty() && size + next > MAX_JOINED_BYTES) {
                break;
            }
            size += next;
            joined.add(waiting.removeFirst());
        }
        waitingBytes -= size;
        return joined;
    }

    private void send(Entry entry) {
        CompletableFuture<ByteBuffer> reply;
        try {
            reply = log.submit(entry.encode());
        } catch (RuntimeException | Error e) {
            reply = CompletableFuture.failedFuture(e);
        }
        var unused = reply.whenComplete((result, failure) -> onReply(entry, failure));
    }

    private void onReply(Entry entry, @Nullable Throwable failure) {
        if (entry.applied.isDone()) {
            return; // whatever became of the answer
        } else if (failure != null) {
            end(entry.incarnation, failure);
            return;
        }
        var unused = entry.applied
                .orTimeout(APPLY_LIMIT_SECONDS, TimeUnit.SECONDS)
                .whenComplete((done, late) -> {
                    if (late != null) {
                        end(entry.incarnation, late);
                    }
                });
    }

    @Override
    public void onApplied(Origin origin, long sequence, int position, CommandOutcome outcome) {
        Entry entry;
        Command command;
        boolean isLast;
        synchronized (lock) {
            Incarnation incarnation = current;
            entry = incarnation == null || !incarnation.origin.equals(origin) ? null : incarnation.entries.peekFirst();
            if (entry == null) {
                return; // another node's, or its commands have failed already
            } else if (entry.sequence != sequence) {
                throw new IllegalStateException("sequence " + sequence + " applied before " + entry.sequence);
            }
            command = entry.commands.get(position);
            forget(command);
            if (position == 0) {
                entry.waitingBehind = waiting.size();
            }
            isLast = position == entry.commands.size() - 1;
            if (isLast) {
                entry.incarnation.entries.removeFirst();
                delay.onApplied(entry.commands.size(), entry.waitingBehind, entry.sentNanos);
            }
        }
        command.outcome.complete(outcome);
        if (isLast) {
            entry.applied.complete(null);
            sendAll();
        }
    }

    private void forget(Command command) {
        commands--;
        bytes -= command.encoded.length;
    }

    @Override
    public void onRefused(Origin origin, long sequence) {
        Incarnation refused;
        boolean isFirst;
        synchronized (lock) {
            refused = current;
            Entry unapplied = refused == null ? null : refused.entries.peekFirst();
            if (refused == null
                    || unapplied == null
                    || !refused.origin.equals(origin)
                    || sequence < unapplied.sequence) {
                return; // of no interest any more, or sent again after it was applied
            }
            isFirst = sequence == 0;
            if (isFirst) {
                takeBack(refused);
                current = null;
            }
        }
        if (isFirst) {
            sendAll();
        } else {
            end(refused, new IllegalStateException("entry " + sequence + " came out of order"));
        }
    }

    /** Nothing of the incarnation was applied, and nothing can be any more: its commands wait again, before all others. */
    private void takeBack(Incarnation refused) {
        Iterator<Entry> lastFirst = refused.entries.descendingIterator();
        while (lastFirst.hasNext()) {
            Entry entry = lastFirst.next();
            for (int i = entry.commands.size() - 1; i >= 0; i--) {
                Command command = entry.commands.get(i);
                waiting.addFirst(command);
                waitingBytes += command.encoded.length;
            }
            entry.applied.complete(null);
        }
    }

    @Override
    public void onRestored() {
        Incarnation incarnation;
        synchronized (lock) {
            incarnation = current;
        }
        if (incarnation != null) {
            end(incarnation, new IllegalStateException("a snapshot has taken the place of the entries"));
        }
    }

    /** Fails all commands without an outcome and ends the incarnation, if that is not done yet. */
    private void end(Incarnation ended, Throwable cause) {
        List<Command> failed = new ArrayList<>();
        synchronized (lock) {
            if (current != ended) {
                return;
            }
            ended.entries.forEach(entry -> failed.addAll(entry.commands));
            failed.addAll(waiting);
            waiting = new ArrayDeque<>();
            waitingBytes = 0;
            delay.reset();
            commands = 0;
            bytes = 0;
            current = null;
        }
        LOG.atDebug()
                .addKeyValue("commands", failed.size())
                .addKeyValue("reason", CommandSubmitter.unwrapped(cause))
                .log("the outcome of commands is unknown");
        TimeoutException unknown = new TimeoutException("it is unknown whether the metadata was changed: "
                + CommandSubmitter.unwrapped(cause).getMessage());
        unknown.initCause(cause);
        failed.forEach(command -> command.outcome.completeExceptionally(unknown));
        machine.onStreamEnded();
    }
}
