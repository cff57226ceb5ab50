package io.oarlog.server.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oarlog.log.BatchHeader;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionInspection;
import io.oarlog.raft.RaftEntry;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/** One JSON object a line, for programs; {@code type} says what it is. Confined to its user. */
final class JsonOutput implements InspectionOutput {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final PrintWriter out;
    private Optional<PartitionId> partition = Optional.empty();

    JsonOutput(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void partition(PartitionInspection next) {
        partition = next.id();
    }

    @Override
    public void batch(InspectedBatch batch) {
        BatchHeader header = batch.header();
        ObjectNode object = object("batch")
                .put("file", batch.file().toString())
                .put("position", batch.position())
                .put("baseOffset", header.baseOffset())
                .put("lastOffset", header.lastOffset())
                .put("records", header.recordCount())
                .put("bytes", header.sizeInBytes())
                .put("crc", hex(header.crc()))
                .put("isCrcSound", batch.isCrcSound())
                .put("leaderEpoch", header.leaderEpoch());
        putProducer(object, header.producerId(), header.producerEpoch(), header.baseSequence());
        object.put("compression", TextOutput.compression(header))
                .put("timestampType", header.isLogAppendTime() ? "LogAppendTime" : "CreateTime")
                .put("baseTimestamp", header.baseTimestamp())
                .put("maxTimestamp", header.maxTimestamp())
                .put("isTransactional", header.isTransactional())
                .put("isControl", header.isControl());
        print(object);
    }

    private static void putProducer(ObjectNode object, long id, short epoch, int sequence) {
        object.put("producerId", id).put("producerEpoch", epoch).put("baseSequence", sequence);
    }

    @Override
    public void record(Record record) {
        ObjectNode object = object("record").put("offset", record.offset()).put("timestamp", record.timestamp());
        putBytes(object, "key", record.key());
        putBytes(object, "value", record.value());
        ArrayNode headers = object.putArray("headers");
        for (Header header : record.headers()) {
            ObjectNode one = headers.addObject().put("key", header.key());
            putBytes(one, "value", header.value() == null ? null : ByteBuffer.wrap(header.value()));
        }
        print(object);
    }

    /** As text; what is none goes in base 64 into a field that says so. */
    private static void putBytes(ObjectNode object, String name, @Nullable ByteBuffer bytes) {
        if (bytes == null) {
            object.putNull(name);
            return;
        }
        Optional<String> text = RecordText.decode(bytes);
        if (text.isPresent()) {
            object.put(name, text.get());
        } else {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            object.put(name + "Base64", copy);
        }
    }

    @Override
    public void entry(RaftEntry entry) {
        ObjectNode object = object("entry")
                .put("file", entry.file().toString())
                .put("position", entry.position())
                .put("term", entry.term())
                .put("index", entry.index())
                .put("kind", name(entry.kind()));
        if (entry.kind() != RaftEntry.Kind.OTHER) {
            object.put("baseOffset", entry.baseOffset()).put("endOffset", entry.endOffset());
        }
        ArrayNode batches = object.putArray("batches");
        for (RaftEntry.Batch batch : entry.batches()) {
            ObjectNode one = batches.addObject()
                    .put("baseOffset", batch.baseOffset())
                    .put("lastOffset", batch.nextOffset() - 1)
                    .put("bytes", batch.sizeInBytes())
                    .put("crc", hex(batch.crc()));
            putProducer(one, batch.producerId(), batch.producerEpoch(), batch.baseSequence());
        }
        print(object);
    }

    @Override
    public void finding(LogFinding finding) {
        ObjectNode object = object("finding")
                .put("kind", name(finding.kind()))
                .put("file", finding.file().toString())
                .put("position", finding.position());
        if (finding.offset() != LogFinding.NO_OFFSET) {
            object.put("offset", finding.offset());
        }
        print(object.put("what", finding.what()));
    }

    @Override
    public void total(Total total) {
        partition = Optional.empty();
        print(object("total")
                .put("partitions", total.partitions())
                .put("segments", total.segments())
                .put("batches", total.batches())
                .put("records", total.records())
                .put("bytes", total.bytes())
                .put("damages", total.damages()));
    }

    private ObjectNode object(String type) {
        ObjectNode object = MAPPER.createObjectNode().put("type", type);
        partition.ifPresent(id -> object.put("topic", id.topic()).put("partition", id.partition()));
        return object;
    }

    private static String hex(int crc) {
        return HexFormat.of().toHexDigits(crc);
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private void print(ObjectNode object) {
        out.println(object);
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
