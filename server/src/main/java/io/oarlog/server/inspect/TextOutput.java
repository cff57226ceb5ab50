package io.oarlog.server.inspect;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionInspection;
import io.oarlog.raft.RaftEntry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/** Lines for a reader at a terminal. Confined to its user. */
final class TextOutput implements InspectionOutput {
    private final PrintWriter out;
    private @Nullable PartitionInspection partition;
    private boolean isPartitionPrinted;
    private @Nullable Path file;

    TextOutput(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void partition(PartitionInspection next) {
        partition = next;
        isPartitionPrinted = false;
        file = null;
    }

    /** A file's name stands once above what is in it. */
    private void heading(Path next) {
        PartitionInspection current = partition;
        if (!isPartitionPrinted && current != null) {
            isPartitionPrinted = true;
            out.println(current.id().map(PartitionId::toString).orElse("partition"));
        }
        if (!next.equals(file)) {
            file = next;
            out.println(next);
        }
    }

    @Override
    public void batch(InspectedBatch batch) {
        heading(batch.file());
        BatchHeader header = batch.header();
        line(
                "  offsets %d..%d records %d bytes %d position %d crc %08x %s epoch %d%s compression %s %s %s..%s%s%s",
                header.baseOffset(),
                header.lastOffset(),
                header.recordCount(),
                header.sizeInBytes(),
                batch.position(),
                header.crc(),
                batch.isCrcSound() ? "ok" : "WRONG",
                header.leaderEpoch(),
                producer(header.producerId(), header.producerEpoch(), header.baseSequence()),
                compression(header),
                header.isLogAppendTime() ? "appended" : "created",
                time(header.baseTimestamp()),
                time(header.maxTimestamp()),
                header.isTransactional() ? " transactional" : "",
                header.isControl() ? " control" : "");
    }

    private static String producer(long id, short epoch, int sequence) {
        return id < 0 ? "" : " producer " + id + "/" + epoch + " sequence " + sequence;
    }

    /** Clients may have written any number. */
    static String compression(BatchHeader header) {
        int codec = header.attributes() & 0x07;
        return codec <= CompressionType.ZSTD.id ? CompressionType.forId(codec).name : "codec-" + codec;
    }

    /** As ISO-8601 where it is one; negative when there is none. */
    private static String time(long timestamp) {
        return timestamp < 0 ? "none" : Instant.ofEpochMilli(timestamp).toString();
    }

    @Override
    public void record(Record record) {
        StringBuilder headers = new StringBuilder();
        for (Header header : record.headers()) {
            headers.append(' ').append(RecordText.of(header.key())).append('=').append(RecordText.of(header.value()));
        }
        line(
                "    %d %s %s: %s%s",
                record.offset(),
                time(record.timestamp()),
                RecordText.of(record.key()),
                RecordText.of(record.value()),
                headers);
    }

    @Override
    public void entry(RaftEntry entry) {
        heading(entry.file());
        line(
                "  index %d term %d position %d %s",
                entry.index(),
                entry.term(),
                entry.position(),
                switch (entry.kind()) {
                    case DATA -> "offsets " + entry.baseOffset() + ".." + (entry.endOffset() - 1);
                    case LOG_START -> "log start " + entry.baseOffset();
                    case COMPACTION_BOUND -> "compaction bound " + entry.baseOffset();
                    case OTHER -> "raft";
                });
        for (RaftEntry.Batch batch : entry.batches()) {
            line(
                    "    offsets %d..%d bytes %d crc %08x%s",
                    batch.baseOffset(),
                    batch.nextOffset() - 1,
                    batch.sizeInBytes(),
                    batch.crc(),
                    producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence()));
        }
    }

    @Override
    public void finding(LogFinding finding) {
        out.println(finding.kind().name().toLowerCase(Locale.ROOT) + ": " + finding);
    }

    @Override
    public void total(Total total) {
        line(
                "%s, %s, %s, %s, %s: %s",
                count(total.partitions(), "partition", "partitions"),
                count(total.segments(), "segment", "segments"),
                count(total.batches(), "batch", "batches"),
                count(total.records(), "record", "records"),
                count(total.bytes(), "byte", "bytes"),
                total.damages() == 0 ? "sound" : count(total.damages(), "place", "places") + " damaged");
    }

    private static String count(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public boolean isClosed() {
        return out.checkError();
    }

    @Override
    public void flush() {
        out.flush();
    }
}
