package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * A model of Ratis's log thread, which is any number of tasks behind the log: it writes headers, flushes when the next task is
 * not a write, and cuts its file. At random places of a seed the log goes on meanwhile.
 */
final class RaftLogThread {
    private static final int STEPS = 60;
    private static final int MAX_ENTRIES_BETWEEN = 4;

    /** What Raft holds of an entry; without data when there are no record bytes. */
    private record Header(long index, boolean hasData, ByteString data) {}

    private sealed interface Task permits Write, Truncate {}

    private record Write(Header header, Turn turn) implements Task {}

    private record Truncate(long index, Turn turn) implements Task {}

    private final long seed;
    private final Random random;
    private final PartitionTail tail = new PartitionTail(1);
    private final Deque<Task> tasks = new ArrayDeque<>();
    private final List<Header> written = new ArrayList<>();
    private final List<ByteString> segment = new ArrayList<>();
    private long lastIndex;
    private long flushedIndex;
    private int entries;
    private boolean isEnding;

    private RaftLogThread(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** Fails when headers are in the file whose data is not in the segment, or when data is missing at the end. */
    static void run(long seed) {
        RaftLogThread thread = new RaftLogThread(seed);
        for (int step = 0; step < STEPS; step++) {
            thread.goOn();
            thread.execute();
        }
        // Behind the last flush nothing is cut: an entry makes Raft flush once more.
        thread.append(true);
        thread.isEnding = true;
        while (!thread.tasks.isEmpty()) {
            thread.execute();
        }
        assertThat(thread.segment)
                .as("seed %d", seed)
                .isEqualTo(thread.written.stream()
                        .filter(Header::hasData)
                        .map(Header::data)
                        .toList());
    }

    /** Something that takes Raft's lock. */
    private void goOn() {
        int times = isEnding ? 0 : random.nextInt(MAX_ENTRIES_BETWEEN);
        for (int i = 0; i < times; i++) {
            if (lastIndex > 0 && random.nextInt(4) == 0) {
                truncate(1 + random.nextInt((int) lastIndex));
            } else {
                append(random.nextInt(3) > 0);
            }
        }
    }

    private void append(boolean hasData) {
        lastIndex++;
        ByteBuffer batch = TestAppends.batch("entry-" + entries++);
        Header header = new Header(lastIndex, hasData, UnsafeByteOperations.unsafeWrap(batch));
        tasks.add(new Write(header, hasData ? append(header, batch) : new Turn()));
    }

    private Turn append(Header header, ByteBuffer batch) {
        List<EntryHeader.Batch> batches =
                List.of(EntryHeader.Batch.of(TestAppends.headers(batch).get(0)));
        return tail.append(header.index(), new EntryHeader(tail.endOffset(), batches), header.data());
    }

    private void truncate(long index) {
        lastIndex = index - 1;
        tasks.add(new Truncate(index, tail.truncate(index)));
    }

    private void execute() {
        Task task = tasks.poll();
        if (task instanceof Write write) {
            write.turn().come();
            written.add(write.header());
            if (!(tasks.peek() instanceof Write)) {
                // Decided; what is added to the log from here on may be anything.
                goOn();
                flush(write.header().index());
            }
        } else if (task instanceof Truncate truncate) {
            written.removeIf(header -> header.index() >= truncate.index());
            flushedIndex = truncate.index() - 1;
            truncate.turn().come();
        }
    }

    private void flush(long index) {
        PartitionTail.Drained work = tail.drain();
        if (work.truncateTo() < segment.size()) {
            segment.subList((int) work.truncateTo(), segment.size()).clear();
        }
        // A crash here leaves the headers that were flushed before.
        requireDataOf(written.stream()
                .filter(header -> header.index() <= flushedIndex)
                .toList());
        work.entries().forEach(entry -> segment.add(entry.data()));
        requireDataOf(written);
        flushedIndex = index;
    }

    private void requireDataOf(List<Header> headers) {
        List<ByteString> named =
                headers.stream().filter(Header::hasData).map(Header::data).toList();
        assertThat(segment).as("seed %d", seed).hasSizeGreaterThanOrEqualTo(named.size());
        IntStream.range(0, named.size())
                .forEach(i -> assertThat(segment.get(i)).as("seed %d", seed).isEqualTo(named.get(i)));
    }
}
