package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.RequiredOffsets;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionCopyTest {
    private static final int RECORDS = 45;
    private static final int EPOCH = 3;
    private static final int BATCH_BYTES = TestAppends.batch("value-10").remaining();
    private static final LogSettings SETTINGS = new LogSettings(
            10 * BATCH_BYTES, Long.MAX_VALUE, LogSettings.defaults().indexIntervalBytes());
    private static final long EDITION = 5;

    @TempDir
    Path directory;

    private final Disk disk = Disk.system();

    /** Gives what a log has, changed as a test wants. */
    private record LogSource(SegmentedLog log, RecordsOffer offer, UnaryOperator<StoredRecords> change)
            implements PartitionCopy.Source {
        @Override
        public StoredRecords read(RecordsRequest request) {
            ByteBuffer batches = log.readStored(request.fromOffset(), 4 * BATCH_BYTES, request.endOffset());
            boolean endsSegment = log.segments().stream()
                    .anyMatch(segment ->
                            segment.baseOffset() == request.fromOffset() + batches.remaining() / BATCH_BYTES);
            return change.apply(new StoredRecords(EDITION, endsSegment, batches));
        }
    }

    private DiskReserve reserve() throws IOException {
        return DiskReserve.of(disk, directory, 1);
    }

    private PartitionFiles files(String name) {
        return new PartitionFiles(disk, directory.resolve(name), SETTINGS, new OpenFiles(10));
    }

    private SegmentedLog log(String name, int records) throws IOException {
        SegmentedLog log = files(name).openLog(RequiredOffsets.NONE);
        append(log, records, EPOCH);
        return log;
    }

    private static void append(SegmentedLog log, int endOffset, int epoch) {
        while (log.endOffset() < endOffset) {
            ByteBuffer batch = TestAppends.batch("value-" + (10 + log.endOffset()));
            RecordBatches.placeAt(batch, 0, log.endOffset(), epoch);
            log.append(List.of(batch), List.of(BatchHeader.read(batch, 0)));
        }
        log.flush();
    }

    private static LogSource source(SegmentedLog log, UnaryOperator<StoredRecords> change) {
        PartitionSnapshot snapshot = new PartitionSnapshot(
                log.startOffset(), 0, log.endOffset(), new TreeMap<>(Map.of(0L, EPOCH)), List.of(), List.of(1, 2, 3));
        RecordsOffer offer = new RecordsOffer(
                new AppliedState.UpTo(TermIndex.valueOf(EPOCH, 100), snapshot),
                log.firstStoredOffset(),
                log.rewrittenEndOffset(),
                EDITION);
        return new LogSource(log, offer, change);
    }

    private static byte[] bytes(SegmentedLog log) {
        ByteBuffer all = ByteBuffer.allocate((int) (log.endOffset() * BATCH_BYTES));
        long offset = log.firstStoredOffset();
        while (offset < log.endOffset()) {
            all.put(log.readStored(offset, BATCH_BYTES, log.endOffset()));
            offset++;
        }
        return java.util.Arrays.copyOf(all.array(), all.position());
    }

    @Test
    void shouldPutAllThatAnotherReplicaHasInThePlaceOfWhatIsHere() throws IOException {
        // given
        SegmentedLog there = log("there", RECORDS);
        SegmentedLog own = log("own", 20);
        own.close();
        LogSource source = source(there, UnaryOperator.identity());

        // when
        try (PartitionCopy copy = PartitionCopy.ofAll(files("own"), source, source.offer(), reserve(), () -> false)) {
            copy.commit(directory.resolve("group"));
            assertThat(copy.copiedBytes()).isEqualTo((long) RECORDS * BATCH_BYTES);
        }

        // then
        SegmentedLog copied = files("own").openLog(RequiredOffsets.upTo(RECORDS));
        assertThat(bytes(copied)).isEqualTo(bytes(there));
        assertThat(PartitionSnapshot.newest(disk, directory.resolve("group")))
                .isEqualTo(source.offer().state());
    }

    @Test
    void shouldKeepWhatIsCommittedHereAndCutTheRest() throws IOException {
        // given: records of a deposed leader behind what is committed
        SegmentedLog there = log("there", RECORDS);
        SegmentedLog own = log("own", 23);
        append(own, 37, EPOCH - 1);
        LogSource source = source(there, UnaryOperator.identity());

        // when
        try (PartitionCopy copy =
                PartitionCopy.ofRest(files("own"), own, 23, source, source.offer(), reserve(), () -> false)) {
            assertThat(copy.copiedBytes()).isEqualTo((RECORDS - 23L) * BATCH_BYTES);
            assertThat(own.endOffset()).isEqualTo(37);
            own.close();
            copy.commit(directory.resolve("group"));
        }

        // then
        SegmentedLog copied = files("own").openLog(RequiredOffsets.upTo(RECORDS));
        assertThat(bytes(copied)).isEqualTo(bytes(there));
        assertThat(copied.segments()).isEqualTo(there.segments());
    }

    @Test
    void shouldChangeNothingWhenWhatComesIsNotWhatWasOffered() throws IOException {
        SegmentedLog there = log("there", RECORDS);
        SegmentedLog own = log("own", 20);
        byte[] before = bytes(own);
        Map<String, UnaryOperator<StoredRecords>> changes = Map.of(
                "compacted", records -> new StoredRecords(EDITION + 1, false, records.batches()),
                "damaged", records -> new StoredRecords(records.edition(), false, flipped(records.batches(), 65)),
                "other epoch", records -> new StoredRecords(records.edition(), false, flipped(records.batches(), 15)),
                "nothing at", records -> new StoredRecords(records.edition(), false, ByteBuffer.allocate(0)),
                "expected a batch at",
                        records -> new StoredRecords(
                                records.edition(), false, records.batches().slice(BATCH_BYTES, BATCH_BYTES)));
        for (Map.Entry<String, UnaryOperator<StoredRecords>> change : changes.entrySet()) {
            LogSource source = source(there, change.getValue());

            assertThatThrownBy(() ->
                            PartitionCopy.ofRest(files("own"), own, 20, source, source.offer(), reserve(), () -> false))
                    .as(change.getKey())
                    .isInstanceOf(IOException.class);
            assertThat(bytes(own)).isEqualTo(before);
            assertThat(directory.resolve("own").resolve("repair")).doesNotExist();
        }
    }

    @Test
    void shouldSayThatWhatIsKeptHereIsDamaged() throws IOException {
        SegmentedLog there = log("there", RECORDS);
        SegmentedLog own = log("own", 25);
        TestPartitions.flip(TestPartitions.segment(directory.resolve("own"), 20), 2L * BATCH_BYTES + BatchHeader.BYTES);
        LogSource source = source(there, UnaryOperator.identity());

        assertThatThrownBy(() ->
                        PartitionCopy.ofRest(files("own"), own, 25, source, source.offer(), reserve(), () -> false))
                .isInstanceOf(CorruptLogException.class);
        assertThat(directory.resolve("own").resolve("repair")).doesNotExist();
    }

    private static ByteBuffer flipped(ByteBuffer bytes, int position) {
        ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        return copy.put(position, (byte) (copy.get(position) ^ 1));
    }

    @Test
    void shouldEndWhenItIsCancelledOrTheDiskIsShortOfSpace() throws IOException {
        SegmentedLog there = log("there", RECORDS);
        LogSource source = source(there, UnaryOperator.identity());

        assertThatThrownBy(() -> PartitionCopy.ofAll(files("own"), source, source.offer(), reserve(), () -> true))
                .isInstanceOf(CancellationException.class);
        DiskReserve full = DiskReserve.of(disk, directory, Long.MAX_VALUE / 2);
        assertThatThrownBy(() -> PartitionCopy.ofAll(files("own"), source, source.offer(), full, () -> false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("short of space");
        assertThat(directory.resolve("own").resolve("repair")).doesNotExist();
    }
}
