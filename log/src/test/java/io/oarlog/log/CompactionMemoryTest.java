package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts 1 GiB with a million keys, of which every batch keeps some, in a process that has 128 MiB of heap for everything, while somebody
 * reads. It takes a minute and 3 GiB of the temporary directory, so only on demand:
 *
 * <pre>
 * mvn test -pl log -Dtest=CompactionMemoryTest -Doarlog.compaction.memory=true -DargLine=-Xmx128m
 * </pre>
 */
@EnabledIfSystemProperty(named = "oarlog.compaction.memory", matches = "true")
class CompactionMemoryTest {
    private static final Logger LOG = LoggerFactory.getLogger(CompactionMemoryTest.class);
    private static final int RECORDS = 2_000_000;
    /** Of these a million are drawn. */
    private static final int KEYS = 1_250_000;

    private static final int RECORDS_A_BATCH = 64;
    private static final int VALUE_BYTES = 520;
    private static final int KEY_MAP_BYTES = 64 * 1024 * 1024;

    @TempDir
    private Path directory;

    @Test
    void shouldCompactAGibibyteWithinASmallHeap() throws Exception {
        // given
        assertThat(Runtime.getRuntime().maxMemory()).isLessThanOrEqualTo(128L * 1024 * 1024);
        LogSettings settings = LogSettings.defaults().withSegmentBytes(128 * 1024 * 1024);
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), directory.resolve("log"), settings)) {
            for (long offset = 0; offset < RECORDS; offset += RECORDS_A_BATCH) {
                TestLog.appendBytes(log, List.of(batch(offset)));
            }
            // Seals the last of them.
            log.configure(1, Long.MAX_VALUE);
            TestLog.appendBytes(log, List.of(batch(RECORDS)));
            log.configure(settings.segmentBytes(), Long.MAX_VALUE);
            log.flush();
            AtomicBoolean isOver = new AtomicBoolean();
            ExecutorService reader = Executors.newSingleThreadExecutor();
            Future<Integer> reads = reader.submit(() -> {
                int rounds = 0;
                while (!isOver.get()) {
                    verify(log);
                    rounds++;
                }
                return rounds;
            });

            // when
            long begun = System.nanoTime();
            CompactionReport report = log.compact(new CompactionPolicy(0, 0, KEY_MAP_BYTES), RECORDS, 1_000_000);
            long seconds = (System.nanoTime() - begun) / 1_000_000_000;
            isOver.set(true);

            // then
            LOG.atInfo()
                    .addKeyValue("seconds", seconds)
                    .addKeyValue("keys", allKeys().cardinality())
                    .addKeyValue("heap", Runtime.getRuntime().maxMemory())
                    .addKeyValue("reads", reads.get())
                    .log(report.toString());
            reader.shutdown();
            assertThat(report.bytesBefore()).isGreaterThan(1L << 30);
            assertThat(report.passes()).isEqualTo(1);
            assertThat(verify(log)).isEqualTo(RECORDS + RECORDS_A_BATCH - (int) report.recordsRemoved());
            assertThat(report.recordsRemoved())
                    .isGreaterThanOrEqualTo(RECORDS - allKeys().cardinality());
        }
    }

    private static ByteBuffer batch(long offset) {
        SimpleRecord[] records = new SimpleRecord[RECORDS_A_BATCH];
        for (int i = 0; i < records.length; i++) {
            byte[] key = ByteBuffer.allocate(16).putLong(8, key(offset + i)).array();
            byte[] value =
                    ByteBuffer.allocate(VALUE_BYTES).putLong(0, offset + i).array();
            records[i] = new SimpleRecord(1_000, key, value);
        }
        return CompactedLog.batch(offset, CompressionType.NONE, records);
    }

    /** Every key is there, and each record at the offset where it was written; returns how many there are. */
    private static int verify(SegmentedLog log) {
        BitSet keys = new BitSet(KEYS);
        int count = 0;
        long offset = 0;
        while (offset < log.endOffset()) {
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(log.read(offset, 1 << 20, Long.MAX_VALUE))
                    .batches()) {
                assertThat(batch.baseOffset()).isLessThanOrEqualTo(offset);
                for (Record record : batch) {
                    if (record.offset() >= offset) {
                        assertThat(record.value().getLong(0)).isEqualTo(record.offset());
                        assertThat(record.key().getLong(8)).isEqualTo(key(record.offset()));
                        keys.set(key(record.offset()));
                        count++;
                    }
                }
                offset = batch.nextOffset();
            }
        }
        assertThat(keys).isEqualTo(allKeys());
        return count;
    }

    private static BitSet allKeys() {
        BitSet keys = new BitSet(KEYS);
        for (long offset = 0; offset < RECORDS + RECORDS_A_BATCH; offset++) {
            keys.set(key(offset));
        }
        return keys;
    }

    /** Looks random, and is the same each time. */
    private static int key(long offset) {
        return new SplittableRandom(offset).nextInt(KEYS);
    }
}
