package io.oarlog.server.cli.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** A record as one line of JSON; bytes are taken for UTF-8. Immutable. */
final class JsonLines implements RecordPrinter {
    private final ObjectMapper mapper = new ObjectMapper();

    /** @param timestamp ms since the epoch */
    private record Line(
            String topic,
            int partition,
            long offset,
            long timestamp,
            List<HeaderLine> headers,
            @Nullable String key,
            @Nullable String value) {}

    private record HeaderLine(String name, @Nullable String value) {}

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        List<HeaderLine> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(new HeaderLine(header.key(), text(header.value())));
        }
        Line line = new Line(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                headers,
                text(record.key()),
                text(record.value()));
        try {
            byte[] json = mapper.writeValueAsBytes(line);
            out.write(json, 0, json.length);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        out.write('\n');
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
