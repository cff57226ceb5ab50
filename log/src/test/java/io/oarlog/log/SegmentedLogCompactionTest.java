package io.oarlog.log;

import static io.oarlog.log.CompactedLog.compact;
import static io.oarlog.log.CompactedLog.put;
import static io.oarlog.log.CompactedLog.records;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CompactedLog.Seen;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link SegmentedLog#compact} keeps and removes, and which files it leaves. */
class SegmentedLogCompactionTest {
    private final FaultyDisk disk = new FaultyDisk(12);

    private List<Path> logFiles() {
        return disk.contents().keySet().stream().filter(SegmentName::isLogFile).toList();
    }

    /** Keys a, b, c in turns, ten batches a segment. */
    private SegmentedLog logOf(int records) {
        SegmentedLog log = TestLog.open(disk);
        putUpTo(log, records);
        log.flush();
        return log;
    }

    private static void putUpTo(SegmentedLog log, long endOffset) {
        while (log.endOffset() < endOffset) {
            put(log, "key-" + log.endOffset() % 3, "v" + (100 + log.endOffset()));
        }
    }

    @Test
    void shouldKeepTheNewestRecordOfEachKeyAndTheLastSegment() {
        // given
        SegmentedLog log = logOf(35);
        List<Seen> before = records(log);
        long sealedEnd = log.segments().get(log.segments().size() - 2).endOffset();

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.compactedEndOffset()).isEqualTo(sealedEnd);
        assertThat(report.isComplete()).isTrue();
        assertThat(report.passes()).isEqualTo(1);
        assertThat(report.recordsRemoved()).isEqualTo(sealedEnd - 3);
        assertThat(report.bytesAfter()).isLessThan(report.bytesBefore());
        assertThat(records(log))
                .isEqualTo(before.stream()
                        .filter(record -> record.offset() >= sealedEnd - 3)
                        .toList());
        assertThat(log.endOffset()).isEqualTo(35);
    }

    @Test
    void shouldFindTheCompactedLogAgain() {
        // given
        SegmentedLog log = logOf(35);
        compact(log);
        List<Seen> before = records(log);
        CompactionBacklog backlog = log.compactionBacklog(CompactedLog.AT_ONCE, 35, 1_000_000);

        // when
        log.close();
        SegmentedLog reopened = TestLog.open(disk);

        // then
        assertThat(records(reopened)).isEqualTo(before);
        assertThat(reopened.compactionBacklog(CompactedLog.AT_ONCE, 35, 1_000_000))
                .isEqualTo(backlog);
        assertThat(backlog.dirtyBytes()).isZero();
        assertThat(backlog.cleanBytes()).isPositive();
        assertThat(logFiles()).hasSize(log.segments().size());
        putUpTo(reopened, 60);
        compact(reopened);
        assertThat(records(reopened)).hasSizeLessThan(20);
    }
}
