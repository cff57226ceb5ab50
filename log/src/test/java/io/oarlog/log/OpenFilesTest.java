package io.oarlog.log;

import static io.oarlog.log.TestLog.SETTINGS;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
    private final FaultyDisk disk = new FaultyDisk(13);

    private SegmentedLog open(String directory, OpenFiles openFiles) {
        return SegmentedLog.open(disk, Path.of("/data", directory), SETTINGS, openFiles);
    }

    @Test
    void shouldOpenNoSegmentFileForIdleLogs() {
        // given
        OpenFiles openFiles = new OpenFiles(10);
        List<SegmentedLog> logs = new ArrayList<>();

        // when
        for (int i = 0; i < 1_000; i++) {
            logs.add(open("t/" + i, openFiles));
        }

        // then
        assertThat(openFiles.count()).isZero();
        assertThat(disk.openFiles()).isZero();
        appendTo(logs.get(7), 3);
        assertThat(openFiles.count()).isEqualTo(1);
    }

    @Test
    void shouldCloseTheFileUsedLongestAgo() {
        // given
        OpenFiles openFiles = new OpenFiles(3);
        SegmentedLog log = open("t/0", openFiles);
        appendTo(log, 95);
        log.flush();

        // when
        for (int round = 0; round < 3; round++) {
            assertThat(readAll(log, 0)).isEqualTo(expected(0, 95));
        }

        // then: the one that is written to and the two read last
        assertThat(openFiles.count()).isEqualTo(3);
        assertThat(disk.openFiles()).isEqualTo(3);
        List<Path> opened = new ArrayList<>();
        disk.beforeOpen(opened::add);
        log.read(75, 1, 95);
        log.read(85, 1, 95);
        log.read(92, 1, 95);
        assertThat(opened).noneMatch(SegmentName::isLogFile);
        log.read(5, 1, 95);
        log.read(75, 1, 95);
        assertThat(opened.stream().filter(SegmentName::isLogFile)).hasSize(2);
    }

    @Test
    void shouldShareTheBoundOverAllLogs() {
        // given
        OpenFiles openFiles = new OpenFiles(5);
        List<SegmentedLog> logs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            SegmentedLog log = open("t/" + i, openFiles);
            appendTo(log, 25);
            log.flush();
            log.close();
            logs.add(open("t/" + i, openFiles));
        }

        // when
        for (SegmentedLog log : logs) {
            assertThat(readAll(log, 0)).isEqualTo(expected(0, 25));
        }

        // then
        assertThat(openFiles.count()).isEqualTo(5);
        logs.forEach(SegmentedLog::close);
        assertThat(openFiles.count()).isZero();
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void shouldRefuseABoundOfNothing() {
        assertThatThrownBy(() -> new OpenFiles(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
