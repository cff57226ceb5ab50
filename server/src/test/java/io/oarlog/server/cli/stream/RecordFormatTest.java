package io.oarlog.server.cli.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {
    @Test
    void shouldPutFieldsAndEscapesWhereTheyStand() {
        assertThat(print("é%t\\t%p\\t%o\\t%T\\t%k=%v|%s %K %S%%\\x41\\\\\\n", bytes("k"), bytes("value")))
                .isEqualTo(bytes("étopic\t3\t7\t99\tk=value|value 1 5%A\\\n"));
    }

    @Test
    void shouldPrintNothingForNullsAndTellThemFromEmptyOnesBySize() {
        assertThat(print("[%k:%K][%v:%S][%h]", null, null)).isEqualTo(bytes("[:-1][:-1][]"));
        assertThat(print("[%k:%K]", bytes(""), null)).isEqualTo(bytes("[:0]"));
    }

    @Test
    void shouldLeaveBytesAsTheyAre() {
        byte[] noText = {(byte) 0xff, 0, '\n'};

        assertThat(print("%v", null, noText)).isEqualTo(noText);
        assertThat(print("\\xff\\0\\n", null, null)).isEqualTo(noText);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%x", "a\\", "\\x4", "\\xzz", "\\q"})
    void shouldRefuseWhatItDoesNotKnow(String format) {
        assertThatThrownBy(() -> RecordFormat.parse(format)).isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] print(String format, byte @Nullable [] key, byte @Nullable [] value) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "topic",
                3,
                7,
                99,
                TimestampType.CREATE_TIME,
                key == null ? -1 : key.length,
                value == null ? -1 : value.length,
                key,
                value,
                new RecordHeaders(),
                Optional.empty());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        RecordFormat.parse(format).print(record, out);
        return bytes.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
