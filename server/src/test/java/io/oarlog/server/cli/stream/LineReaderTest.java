package io.oarlog.server.cli.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    @Test
    void shouldKeepEveryByteButTheLineFeeds() throws IOException {
        // given: no UTF-8, a carriage return, an empty line, no line feed at the end
        byte[] input = {(byte) 0xff, 0, '\r', 'a', '\n', '\n', 'b'};

        // when
        LineReader lines = new LineReader(new ByteArrayInputStream(input));

        // then
        assertThat(lines.next()).containsExactly(0xff, 0, '\r', 'a');
        assertThat(lines.next()).isEmpty();
        assertThat(lines.next()).containsExactly('b');
        assertThat(lines.next()).isNull();
    }
}
