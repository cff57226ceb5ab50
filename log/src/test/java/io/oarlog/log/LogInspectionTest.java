package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.SETTINGS;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogInspectionTest {
    private static final Path CHECKPOINT = DIRECTORY.resolve(LogCheckpoint.FILE);
    /** Set to the number in a failure's message to run that one alone. */
    private static final Long ONLY_SEED = Long.getLong("oarlog.seed");

    private final FaultyDisk disk = new FaultyDisk(5);

    @Test
    void shouldFindNothingAfterACleanStop() {
        // given
        TestLog.openWith(disk, 25).close();

        // when
        InspectedLog found = verify(25);

        // then
        assertThat(found.findings()).isEmpty();
        assertThat(found.summary())
                .isEqualTo(new LogInspection.Summary(
                        0,
                        25,
                        3,
                        25,
                        25,
                        25 * BATCH_BYTES,
                        Optional.of(new LogInspection.End(segment(20).logFile(), 5 * BATCH_BYTES))));
        assertThat(found.batches().get(13))
                .isEqualTo(new InspectedBatch(
                        segment(10).logFile(),
                        3 * BATCH_BYTES,
                        BatchHeader.read(batch(13).build(), 0),
                        true));
    }

    @Test
    void shouldFindNothingInADirectoryWithoutALog() throws IOException {
        // given
        disk.createDirectories(DIRECTORY);

        // when, then
        assertThat(verify(0).findings()).isEmpty();
        assertThat(verify(0).summary().end()).isEmpty();
        assertThat(LogInspection.isLog(disk, DIRECTORY)).isFalse();
        assertThat(LogInspection.isLog(disk, DIRECTORY.resolve("none"))).isFalse();
        TestLog.open(disk);
        assertThat(LogInspection.isLog(disk, DIRECTORY)).isTrue();
    }

    @Test
    void shouldChangeNothing() {
        // given: something to cut, to delete and to build anew
        TestLog.openWith(disk, 25);
        disk.flip(segment(20).logFile(), 4 * BATCH_BYTES + 70, 1);
        disk.put(segment(30).indexFile(), new byte[3]);
        disk.put(segment(0).indexFile(), new byte[3]);
        disk.restart();
        Map<Path, byte[]> before = disk.contents();
        int forces = disk.forces();

        // when
        verify(24);

        // then
        assertThat(disk.contents().keySet()).isEqualTo(before.keySet());
        before.forEach((path, content) -> assertThat(disk.content(path)).isEqualTo(content));
        assertThat(disk.forces()).isEqualTo(forces);
        assertThat(disk.openFiles()).isZero();
    }

    // Damage in segments.

    @Test
    void shouldTellTheBatchWhoseByteIsFlipped() {
        TestLog.openWith(disk, 25).close();
        byte[] sound = disk.content(segment(10).logFile());
        for (int at = 3 * BATCH_BYTES; at < 4 * BATCH_BYTES; at++) {
            if (at - 3 * BATCH_BYTES >= BatchHeader.LEADER_EPOCH_POSITION
                    && at - 3 * BATCH_BYTES < BatchHeader.MAGIC_POSITION) {
                continue; // the leader epoch, which no checksum covers
            }
            // given
            disk.put(segment(10).logFile(), sound);
            disk.flip(segment(10).logFile(), at, 1 << at % 8);

            // when
            InspectedLog found = verify(25);

            // then: once, and the rest of the log is seen
            assertThat(found.damage()).as("byte %d", at).hasSize(1);
            assertIsAt(found.damage().get(0), segment(10).logFile(), 3 * BATCH_BYTES, 13);
            assertThat(found.headers()).extracting(BatchHeader::baseOffset).contains(12L, 14L, 20L, 24L);
        }
    }

    @Test
    void shouldTellEachOfTwoDamagedBatchesInARow() {
        // given
        TestLog.openWith(disk, 25).close();
        disk.flip(segment(10).logFile(), 3 * BATCH_BYTES + 70, 1);
        disk.flip(segment(10).logFile(), 4 * BATCH_BYTES + 70, 1);
        disk.flip(segment(10).logFile(), 6 * BATCH_BYTES + 3, 1);
        disk.flip(segment(10).logFile(), 7 * BATCH_BYTES + 70, 1);
        disk.flip(segment(0).logFile(), 79, 1);

        // when
        List<LogFinding> damage = verify(25).damage();

        // then
        assertThat(damage).extracting(LogFinding::offset).containsExactly(0L, 13L, 14L, 16L, 17L);
        assertThat(damage.get(1).toString())
                .contains(segment(10).logFile().toString(), "position 240", "offset 13", "CRC");
    }

    @Test
    void shouldTellWhereBytesAreMissingInTheMidst() {
        // given: all of batch 13
        TestLog.openWith(disk, 25).close();
        byte[] sound = disk.content(segment(10).logFile());
        byte[] cut = new byte[sound.length - BATCH_BYTES];
        System.arraycopy(sound, 0, cut, 0, 3 * BATCH_BYTES);
        System.arraycopy(sound, 4 * BATCH_BYTES, cut, 3 * BATCH_BYTES, cut.length - 3 * BATCH_BYTES);
        disk.put(segment(10).logFile(), cut);

        // when
        List<LogFinding> damage = verify(25).damage();

        // then
        assertThat(damage).hasSize(2);
        assertIsAt(damage.get(0), segment(10).logFile(), cut.length, LogFinding.NO_OFFSET);
        assertIsAt(damage.get(1), segment(10).logFile(), 3 * BATCH_BYTES, 13);
        assertThat(damage.get(1).what()).contains("base offset 13", "found 14");
    }

    @Test
    void shouldTellWhichSegmentIsMissing() throws IOException {
        // given
        TestLog.openWith(disk, 35).close();
        disk.delete(segment(0).logFile());
        disk.delete(segment(20).logFile());

        // when
        List<LogFinding> damage = verify(35).damage();

        // then
        assertThat(damage).hasSize(2);
        assertIsAt(damage.get(0), DIRECTORY, 0, 0);
        assertIsAt(damage.get(1), segment(30).logFile(), 0, 20);
    }

    @Test
    void shouldTellThatTheLastSegmentIsGone() throws IOException {
        // given
        TestLog.openWith(disk, 25).close();
        disk.delete(segment(20).logFile());

        // when, then
        assertThat(verify(25).damage())
                .singleElement()
                .satisfies(found -> assertIsAt(found, segment(20).logFile(), 0, 20));
    }

    // The tail.

    @ParameterizedTest
    @ValueSource(ints = {1, 30, 79})
    void shouldTakeATornWriteForATail(int bytesLeft) {
        // given
        TestLog.openWith(disk, 25);
        disk.restart();
        disk.put(
                segment(20).logFile(), Arrays.copyOf(disk.content(segment(20).logFile()), 4 * BATCH_BYTES + bytesLeft));

        // when
        List<InspectedLog> found = List.of(verify(24), verifyWithoutRaft());

        // then
        assertThat(found).allSatisfy(log -> {
            assertThat(log.summary().endOffset()).isEqualTo(24);
            assertThat(log.findings()).singleElement().satisfies(tail -> {
                assertThat(tail.kind()).isEqualTo(LogFinding.Kind.TAIL);
                assertIsAt(tail, segment(20).logFile(), 4 * BATCH_BYTES, 24);
                assertThat(tail.what()).isEqualTo(bytesLeft + " bytes not acknowledged; the next start cuts them");
            });
        });
    }

    @Test
    void shouldTakeWholeBatchesThatNobodyAcknowledgedForATail() {
        // given: over two segments
        TestLog.openWith(disk, 25);
        disk.restart();

        // when
        InspectedLog found = verify(18);

        // then
        assertThat(found.summary().endOffset()).isEqualTo(18);
        assertThat(found.summary().end())
                .contains(new LogInspection.End(segment(10).logFile(), 8 * BATCH_BYTES));
        assertThat(found.headers()).hasSize(18);
        assertThat(found.findings()).singleElement().satisfies(tail -> {
            assertThat(tail.kind()).isEqualTo(LogFinding.Kind.TAIL);
            assertIsAt(tail, segment(10).logFile(), 8 * BATCH_BYTES, 18);
            assertThat(tail.what()).startsWith(7 * BATCH_BYTES + " bytes");
        });
    }

    @Test
    void shouldNotTakeAcknowledgedRecordsForATail() {
        // given: the last batch, whose header Raft has
        TestLog.openWith(disk, 25);
        disk.restart();
        disk.flip(segment(20).logFile(), 4 * BATCH_BYTES + 70, 1);

        // when, then
        assertThat(verify(25).damage())
                .singleElement()
                .satisfies(found -> assertIsAt(found, segment(20).logFile(), 4 * BATCH_BYTES, 24));
    }

    @Test
    void shouldNotTakeDamageBeforeASoundBatchForATailWhenNothingIsKnownOfRaft() {
        // given
        TestLog.openWith(disk, 25);
        disk.restart();
        disk.flip(segment(20).logFile(), 2 * BATCH_BYTES + 70, 1);

        // when, then
        assertThat(verifyWithoutRaft().damage())
                .singleElement()
                .satisfies(found -> assertIsAt(found, segment(20).logFile(), 2 * BATCH_BYTES, 22));
    }

    @Test
    void shouldNotTakeWhatWasClosedInOrderForATail() {
        // given
        TestLog.openWith(disk, 25).close();
        disk.flip(segment(20).logFile(), 4 * BATCH_BYTES + 70, 1);

        // when, then
        assertThat(verifyWithoutRaft().damage()).hasSize(1);
    }

    // Indexes.

    @ParameterizedTest
    @ValueSource(longs = {0, 10, 20})
    void shouldTellTheByteOfAnIndexThatIsFlippedOrMissing(long baseOffset) {
        TestLog.openWith(disk, 25).close();
        for (Path file :
                List.of(segment(baseOffset).indexFile(), segment(baseOffset).timeIndexFile())) {
            byte[] sound = disk.content(file);
            for (int position = 0; position < sound.length; position++) {
                // given
                disk.put(file, sound);
                disk.flip(file, position, 1 << position % 8);

                // when, then
                assertSingle(verify(25).findings(), LogFinding.Kind.DAMAGE, file, position);

                // given
                disk.put(file, Arrays.copyOf(sound, position));

                // when, then
                assertSingle(verify(25).findings(), LogFinding.Kind.DAMAGE, file, position);
            }
            disk.put(file, Arrays.copyOf(sound, sound.length + 1));
            assertSingle(verify(25).findings(), LogFinding.Kind.DAMAGE, file, sound.length);
            disk.put(file, sound);
        }
    }

    @Test
    void shouldTellAWrongEntryInAnIndexWithTheRightChecksums() throws IOException {
        // given
        TestLog.openWith(disk, 25).close();
        IndexEntries wrong = IndexEntries.empty(OffsetIndex.ENTRY_BYTES);
        OffsetIndex index = new OffsetIndex(wrong);
        index.add(2, 2 * BATCH_BYTES);
        index.add(4, 5 * BATCH_BYTES);
        index.add(6, 6 * BATCH_BYTES);
        index.add(8, 8 * BATCH_BYTES);
        IndexFile.ofOffsets(disk, segment(10), SETTINGS.indexIntervalBytes()).write(wrong);

        // when, then: the CRC of the entries comes first
        assertSingle(verify(25).findings(), LogFinding.Kind.DAMAGE, segment(10).indexFile(), 24);
    }

    @Test
    void shouldTellADamagedIndexOfADamagedSegment() {
        // given
        TestLog.openWith(disk, 25).close();
        disk.flip(segment(10).logFile(), 70, 1);
        disk.flip(segment(10).indexFile(), 45, 1);

        // when, then
        List<LogFinding> damage = verify(25).damage();
        assertThat(damage)
                .extracting(LogFinding::file)
                .containsExactly(segment(10).logFile(), segment(10).indexFile());
        // The page's first byte, behind the header and the top.
        assertThat(damage.get(1).position()).isEqualTo(40);
    }

    @Test
    void shouldOnlyNoteAnIndexThatIsBuiltAnewWhenItIsNeeded() throws IOException {
        // given: missing, of another setting, and without a segment
        TestLog.openWith(disk, 25).close();
        disk.delete(segment(0).indexFile());
        TestLog.openWith(disk, 25);
        disk.put(segment(40).indexFile(), new byte[1]);
        InspectedLog withOtherInterval = InspectedLog.verify(disk, 100, OptionalLong.of(25));

        // when, then
        assertThat(withOtherInterval.damage()).isEmpty();
        assertThat(withOtherInterval.of(LogFinding.Kind.NOTE))
                .extracting(LogFinding::file)
                .contains(
                        segment(0).timeIndexFile(),
                        segment(10).indexFile(),
                        segment(40).indexFile());
    }

    // The checkpoint and the log's start.

    @Test
    void shouldTellADamagedCheckpoint() {
        TestLog.openWith(disk, 25).close();
        byte[] sound = disk.content(CHECKPOINT);
        for (int position = 0; position < sound.length; position++) {
            // given
            disk.put(CHECKPOINT, sound);
            disk.flip(CHECKPOINT, position, 1 << position % 8);

            // when, then
            assertSingle(verify(25).findings(), LogFinding.Kind.DAMAGE, CHECKPOINT, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // size, end offset, first and largest timestamp of the segment at 10; where it says so
        "800, 20, 1010, 1019, -1",
        "720, 20, 1010, 1019, 64",
        "730, 20, 1010, 1019, 64",
        "800, 21, 1010, 1019, 64",
        "800, 20, 1011, 1019, 64",
        "800, 20, -1, 1019, -1",
        "800, 20, 1010, 1020, 64"
    })
    void shouldTellACheckpointThatContradictsASegment(
            long sizeInBytes, long endOffset, long firstTimestamp, long maxTimestamp, long position)
            throws IOException {
        // given
        TestLog.openWith(disk, 25).close();
        LogCheckpoint sound = LogCheckpoint.read(disk, DIRECTORY).orElseThrow();
        List<SegmentState> states = new ArrayList<>(sound.segments());
        states.set(1, new SegmentState(10, sizeInBytes, endOffset, firstTimestamp, maxTimestamp));
        new LogCheckpoint(0, CompactionProgress.NONE, states).write(disk, DIRECTORY);

        // when
        List<LogFinding> findings = verify(25).findings();

        // then
        if (position < 0) {
            assertThat(findings).isEmpty();
        } else {
            assertSingle(findings, LogFinding.Kind.DAMAGE, CHECKPOINT, position);
        }
    }

    @Test
    void shouldTakeACompactionForFinishedThatTheNextStartFinishes() {
        // given
        Path swap = killCompaction(".swap");
        Map<Path, byte[]> before = disk.contents();

        // when
        InspectedLog found = verify(35);

        // then
        assertThat(found.damage()).isEmpty();
        assertThat(found.of(LogFinding.Kind.NOTE)).extracting(LogFinding::file).contains(swap);
        assertThat(disk.contents()).containsExactlyEntriesOf(before);
        List<BatchHeader> headers = new ArrayList<>();
        TestLog.open(disk).forEachBatch(0, 35, headers::add);
        assertThat(found.headers()).isEqualTo(headers);
    }

    @Test
    void shouldForgetACompactionThatTheNextStartForgets() {
        // given
        Path cleaned = killCompaction(".log.cleaned");

        // when
        InspectedLog found = verify(35);

        // then
        assertThat(found.findings()).allMatch(finding -> finding.kind() == LogFinding.Kind.NOTE);
        assertThat(found.findings()).extracting(LogFinding::file).contains(cleaned);
        assertThat(found.headers()).hasSize(35);
    }

    @Test
    void shouldTellThatACompactedSegmentIsDamagedBeforeItHasItsPlace() {
        // given
        Path swap = killCompaction(".swap");
        disk.flip(swap, 16, 1);

        // when
        List<LogFinding> damage = verify(35).damage();

        // then: the next start refuses it
        assertThat(damage).first().satisfies(found -> assertThat(found.what()).contains(swap.toString()));
        assertThatThrownBy(() -> TestLog.open(disk)).isInstanceOf(CorruptLogException.class);
    }

    /** Kills a compaction at the first step that leaves a file with such a name, which is returned. */
    private Path killCompaction(String suffix) {
        SegmentedLog log = TestLog.open(disk);
        while (log.endOffset() < 35) {
            CompactedLog.put(log, "key-" + log.endOffset() % 3, "v");
        }
        log.flush();
        for (int step = 1; ; step++) {
            disk.killAfter(step);
            SegmentedLog killed = log;
            assertThatThrownBy(() -> CompactedLog.compact(killed)).isInstanceOf(LogException.class);
            disk.restart();
            Optional<Path> left = disk.contents().keySet().stream()
                    .filter(path -> path.toString().endsWith(suffix))
                    .findFirst();
            if (left.isPresent()) {
                return left.get();
            }
            log = TestLog.open(disk);
        }
    }

    @Test
    void shouldKnowThatDeletedRecordsAreNotMissing() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        log.advanceStartOffset(17);
        log.deleteObsoleteSegments();
        log.close();

        // when
        InspectedLog found = verify(25);

        // then
        assertThat(found.findings()).isEmpty();
        assertThat(found.firstStoredOffset()).isEqualTo(10);
        assertThat(found.summary().startOffset()).isEqualTo(17);
        assertThat(found.headers()).hasSize(15);
    }

    @Test
    void shouldNoteSegmentsThatAnInterruptedDeletionLeft() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        byte[] first = disk.content(segment(0).logFile());
        log.advanceStartOffset(17);
        log.deleteObsoleteSegments();
        log.close();
        disk.put(segment(0).logFile(), first);

        // when, then
        assertSingle(verify(25).findings(), LogFinding.Kind.NOTE, segment(0).logFile(), 0);
    }

    @Test
    void shouldUnderstandALogThatWasStartedAnew() {
        // given
        SegmentedLog log = TestLog.openWith(disk, 25);
        log.startAnewAt(40);
        appendTo(log, 42);
        log.flush();
        disk.restart();

        // when: the headers of what is gone were not written yet, but for some
        InspectedLog found = verify(25);

        // then
        assertThat(found.damage()).isEmpty();
        assertThat(found.summary().endOffset()).isEqualTo(40);
        assertThat(verify(42).findings()).isEmpty();
    }

    @Test
    void shouldNoteALogWhoseNewBeginWasInterrupted() throws IOException {
        // given
        TestLog.openWith(disk, 25);
        new LogCheckpoint(40, CompactionProgress.NONE, List.of()).write(disk, DIRECTORY);
        disk.restart();

        // when
        InspectedLog found = verify(25);

        // then
        assertThat(found.damage()).isEmpty();
        assertThat(found.of(LogFinding.Kind.NOTE)).isNotEmpty();
        assertThat(found.summary().endOffset()).isEqualTo(40);
    }

    // Random damage.

    @Test
    void shouldFindWhateverIsFlipped() {
        long firstSeed = ONLY_SEED == null ? 0 : ONLY_SEED;
        long seeds = ONLY_SEED == null ? 300 : 1;
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            // given
            FaultyDisk damaged = new FaultyDisk(seed);
            SegmentedLog log = TestLog.open(damaged);
            while (log.endOffset() < 40) {
                append(
                        log,
                        batch(log.endOffset()).records(1 + random.nextInt(3)).valueBytes(random.nextInt(100)));
            }
            log.flush();
            long end = log.endOffset();
            log.close();
            List<InspectedBatch> whole = InspectedLog.verify(
                            damaged, SETTINGS.indexIntervalBytes(), OptionalLong.of(end))
                    .batches();
            List<Path> files = damaged.contents().keySet().stream().toList();
            Path file = files.get(random.nextInt(files.size()));
            int position = random.nextInt(damaged.content(file).length);
            if (isLeaderEpoch(whole, file, position)) {
                continue;
            }

            // when
            damaged.flip(file, position, 1 << random.nextInt(8));

            // then: there, and what the next start refuses is always among it
            String description = "seed " + seed + ": " + file + " at " + position;
            List<LogFinding> damage = InspectedLog.verify(damaged, SETTINGS.indexIntervalBytes(), OptionalLong.of(end))
                    .damage();
            assertThat(damage).as(description).isNotEmpty();
            assertThat(damage).as(description).allSatisfy(found -> {
                assertThat(found.file()).isEqualTo(file);
                assertThat(found.position()).isEqualTo(expectedPosition(whole, file, position));
            });
        }
    }

    /** Of what the byte belongs to: the batch, the byte of an index, the checkpoint. */
    private static long expectedPosition(List<InspectedBatch> whole, Path file, long position) {
        if (file.equals(CHECKPOINT)) {
            return 0;
        }
        return SegmentName.isLogFile(file) ? batchAt(whole, file, position).position() : position;
    }

    private static boolean isLeaderEpoch(List<InspectedBatch> whole, Path file, long position) {
        if (!SegmentName.isLogFile(file)) {
            return false;
        }
        long inBatch = position - batchAt(whole, file, position).position();
        return inBatch >= BatchHeader.LEADER_EPOCH_POSITION && inBatch < BatchHeader.MAGIC_POSITION;
    }

    private static InspectedBatch batchAt(List<InspectedBatch> whole, Path file, long position) {
        return whole.stream()
                .filter(batch -> batch.file().equals(file)
                        && batch.position() <= position
                        && position < batch.position() + batch.header().sizeInBytes())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldReportWhateverTheNextStartRefuses() {
        long firstSeed = ONLY_SEED == null ? 0 : ONLY_SEED;
        long seeds = ONLY_SEED == null ? 500 : 1;
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            // given: several bits of one file, also in the checkpoint, or its end cut off, or the file gone
            FaultyDisk damaged = new FaultyDisk(seed);
            SegmentedLog log = TestLog.openWith(damaged, 25 + random.nextInt(10));
            long end = log.endOffset();
            if (random.nextBoolean()) {
                log.close();
            }
            damaged.restart();
            damage(damaged, random);

            // when
            InspectedLog found = InspectedLog.verify(damaged, SETTINGS.indexIntervalBytes(), OptionalLong.of(end));
            boolean isLost;
            try {
                isLost = TestLog.open(damaged).endOffset() < end;
            } catch (LogException e) {
                isLost = true;
            }

            // then
            boolean isEndMissing = found.summary().endOffset() < end;
            if (isLost) {
                assertThat(!found.damage().isEmpty() || isEndMissing)
                        .as("seed %d: found %s", seed, found.findings())
                        .isTrue();
            }
        }
    }

    private static void damage(FaultyDisk disk, SplittableRandom random) {
        List<Path> files = disk.contents().keySet().stream().toList();
        Path file = files.get(random.nextInt(files.size()));
        byte[] content = disk.content(file);
        int kind = random.nextInt(4);
        if (kind == 0) {
            disk.put(file, Arrays.copyOf(content, random.nextInt(content.length + 1)));
        } else if (kind == 1) {
            try {
                disk.delete(file);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        } else if (content.length > 0) {
            IntStream.range(0, 1 + random.nextInt(4))
                    .forEach(i -> disk.flip(file, random.nextInt(content.length), 1 << random.nextInt(8)));
        }
    }

    // Showing batches.

    @ParameterizedTest
    @CsvSource({"0, 99, 0, 25", "7, 12, 7, 12", "13, 14, 13, 14", "24, 25, 24, 25", "25, 99, 0, 0", "5, 5, 0, 0"})
    void shouldShowTheBatchesOfARange(long from, long to, long first, long end) throws IOException {
        // given
        TestLog.openWith(disk, 25);
        List<Long> shown = new ArrayList<>();

        // when
        inspection().forEachBatch(from, to, batch -> shown.add(batch.header().baseOffset()), finding -> {});

        // then
        assertThat(shown)
                .isEqualTo(IntStream.range((int) first, (int) end)
                        .mapToObj(Long::valueOf)
                        .toList());
    }

    @Test
    void shouldStopShowingWhenNoMoreIsWanted() throws IOException {
        // given
        TestLog.openWith(disk, 25);
        List<InspectedBatch> shown = new ArrayList<>();

        // when
        inspection().forEachBatch(8, 99, batch -> shown.add(batch) && shown.size() < 3, finding -> {});

        // then
        assertThat(shown).extracting(batch -> batch.header().baseOffset()).containsExactly(8L, 9L, 10L);
        assertThat(inspection().read(shown.get(2))).isEqualTo(batch(10).build());
    }

    @Test
    void shouldShowADamagedBatchAndPassOverBytesThatAreNone() throws IOException {
        // given
        TestLog.openWith(disk, 25);
        disk.flip(segment(10).logFile(), 2 * BATCH_BYTES + 70, 1);
        disk.flip(segment(10).logFile(), 4 * BATCH_BYTES + 8, 0x40);
        List<InspectedBatch> shown = new ArrayList<>();
        List<LogFinding> findings = new ArrayList<>();

        // when
        inspection().forEachBatch(10, 20, shown::add, findings::add);

        // then
        assertThat(shown).hasSize(9);
        assertThat(shown)
                .filteredOn(batch -> !batch.isCrcSound())
                .extracting(InspectedBatch::position)
                .containsExactly(160L);
        assertThat(findings)
                .singleElement()
                .satisfies(found -> assertIsAt(found, segment(10).logFile(), 320, 14));
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 79})
    void shouldShowATornWriteAsATail(int bytesLeft) throws IOException {
        // given
        TestLog.openWith(disk, 25);
        disk.restart();
        byte[] torn = Arrays.copyOf(disk.content(segment(20).logFile()), 5 * BATCH_BYTES);
        Arrays.fill(torn, 4 * BATCH_BYTES + bytesLeft, torn.length, (byte) 0x55);
        disk.put(segment(20).logFile(), torn);
        List<LogFinding> findings = new ArrayList<>();

        // when
        inspection().forEachBatch(0, 99, batch -> batch.isCrcSound(), findings::add);

        // then
        assertThat(findings).singleElement().satisfies(tail -> {
            assertThat(tail.kind()).isEqualTo(LogFinding.Kind.TAIL);
            assertIsAt(tail, segment(20).logFile(), 4 * BATCH_BYTES, 24);
        });
    }

    @Test
    void shouldOpenFilesForReadingAlone(@org.junit.jupiter.api.io.TempDir Path directory) throws IOException {
        // given
        SegmentedLog log = SegmentedLog.open(Disk.system(), directory, SETTINGS);
        appendTo(log, 5);
        log.flush();
        Disk readOnly = Disk.readOnly();

        // when
        LogInspection inspection = LogInspection.of(readOnly, directory, SETTINGS.indexIntervalBytes());
        List<InspectedBatch> shown = new ArrayList<>();
        inspection.forEachBatch(0, 9, shown::add, finding -> {});

        // then
        assertThat(shown).hasSize(5);
        assertThat(inspection.sizeInBytes()).isEqualTo(5 * BATCH_BYTES);
        assertThatThrownBy(() -> readOnly.open(directory.resolve("none"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> readOnly.delete(shown.get(0).file()))
                .isInstanceOf(UnsupportedOperationException.class);
        try (DiskFile file = readOnly.open(shown.get(0).file())) {
            assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    private LogInspection inspection() throws IOException {
        return LogInspection.of(disk, DIRECTORY, SETTINGS.indexIntervalBytes());
    }

    private InspectedLog verify(long acknowledgedEnd) {
        return InspectedLog.verify(disk, SETTINGS.indexIntervalBytes(), OptionalLong.of(acknowledgedEnd));
    }

    private InspectedLog verifyWithoutRaft() {
        return InspectedLog.verify(disk, SETTINGS.indexIntervalBytes(), OptionalLong.empty());
    }

    private static void assertSingle(List<LogFinding> findings, LogFinding.Kind kind, Path file, long position) {
        assertThat(findings).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo(kind);
            assertThat(found.file()).isEqualTo(file);
            assertThat(found.position()).isEqualTo(position);
        });
    }

    private static void assertIsAt(LogFinding finding, Path file, long position, long offset) {
        assertThat(finding.file()).isEqualTo(file);
        assertThat(finding.position()).isEqualTo(position);
        assertThat(finding.offset()).isEqualTo(offset);
    }
}
