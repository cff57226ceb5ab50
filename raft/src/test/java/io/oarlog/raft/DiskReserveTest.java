package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.DiskFile;
import io.oarlog.log.FaultyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiskReserveTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final int RESERVE_BYTES = 800;

    private final FaultyDisk disk = new FaultyDisk(3);

    @BeforeEach
    void createDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    @ParameterizedTest
    @CsvSource({"100000, AMPLE", "800, AMPLE", "799, SHORT", "400, SHORT", "399, FULL", "0, FULL"})
    void shouldTellTheStateFromTheFirstLookOn(long usableBytes, DiskSpace space) throws IOException {
        assertThat(reserve(usableBytes).space()).isEqualTo(space);
    }

    @Test
    void shouldCountWhatIsWrittenBetweenTwoLooks() throws IOException {
        // given
        DiskReserve reserve = reserve(1_000);

        // when / then
        assertThat(reserve.beginWrite(200, false)).isTrue();
        assertThat(reserve.space()).isEqualTo(DiskSpace.AMPLE);
        reserve.endWrite(200);
        assertThat(reserve.beginWrite(1, false)).isTrue();
        assertThat(reserve.space()).isEqualTo(DiskSpace.SHORT);
        assertThat(reserve.beginWrite(400, false)).isTrue();
        assertThat(reserve.space()).isEqualTo(DiskSpace.FULL);
        assertThat(reserve.usableBytes()).isEqualTo(399);
    }

    @Test
    void shouldNotForgetAtALookWhatIsBeingWritten() throws IOException {
        // given: the disk does not know of it yet
        DiskReserve reserve = reserve(1_000);
        reserve.beginWrite(300, false);

        // when
        reserve.look();

        // then
        assertThat(reserve.usableBytes()).isEqualTo(700);
        reserve.endWrite(300);
        assertThat(reserve.usableBytes()).isEqualTo(700);
        write(300);
        reserve.look();
        assertThat(reserve.usableBytes()).isEqualTo(700);
    }

    @ParameterizedTest
    @CsvSource({"300, 449, FULL", "300, 450, SHORT", "500, 899, SHORT", "500, 900, AMPLE", "300, 900, AMPLE"})
    void shouldLeaveAStateAnEighthAboveWhereItIsEntered(long before, long after, DiskSpace space) throws IOException {
        // given
        DiskReserve reserve = reserve(before);

        // when
        disk.leaveSpace(after);
        reserve.look();

        // then
        assertThat(reserve.space()).isEqualTo(space);
    }

    @Test
    void shouldKeepTheLastQuarterForWhatIsUrgent() throws IOException {
        // given
        DiskReserve reserve = reserve(300);

        // when / then
        assertThat(reserve.beginWrite(101, false)).isFalse();
        assertThat(reserve.usableBytes()).isEqualTo(300);
        assertThat(reserve.beginWrite(100, false)).isTrue();
        assertThat(reserve.beginWrite(1, false)).isFalse();
        assertThat(reserve.beginWrite(1, true)).isTrue();
    }

    @Test
    void shouldHaveNoRoomAfterAFullDiskUntilTheNextLook() throws IOException {
        // given
        DiskReserve reserve = reserve(100_000);
        reserve.beginWrite(50, false);

        // when
        reserve.onDiskFull();
        reserve.endWrite(50);

        // then
        assertThat(reserve.space()).isEqualTo(DiskSpace.FULL);
        assertThat(reserve.usableBytes()).isZero();
        assertThat(reserve.beginWrite(1, false)).isFalse();
        reserve.look();
        assertThat(reserve.space()).isEqualTo(DiskSpace.AMPLE);
        assertThat(reserve.beginWrite(1, false)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(60)
    void shouldEndAWaitWithALookOrAWakeUpButNotWithAnInterrupt(boolean isLook) throws Exception {
        // given
        DiskReserve reserve = reserve(1_000);
        AtomicBoolean isInterrupted = new AtomicBoolean();
        Thread waiting = new Thread(() -> {
            reserve.await();
            isInterrupted.set(Thread.interrupted());
        });
        waiting.start();
        waiting.interrupt();
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> waiting.getState() == Thread.State.WAITING && !waiting.isInterrupted());

        // when
        if (isLook) {
            reserve.look();
        } else {
            reserve.wakeUp();
        }

        // then
        waiting.join();
        assertThat(isInterrupted).isTrue();
    }

    @Test
    void shouldGoOnWithTheLastAnswerWhenTheDiskGivesNone() throws IOException {
        // given
        DiskReserve reserve = reserve(1_000);
        reserve.beginWrite(300, false);
        reserve.endWrite(300);

        // when
        disk.killAfter(1);
        assertThatThrownBy(() -> disk.open(DIRECTORY.resolve("f"))).isInstanceOf(IOException.class);
        reserve.look();

        // then
        assertThat(reserve.usableBytes()).isEqualTo(700);
        assertThat(reserve.space()).isEqualTo(DiskSpace.SHORT);
    }

    private DiskReserve reserve(long usableBytes) throws IOException {
        disk.leaveSpace(usableBytes);
        return DiskReserve.of(disk, DIRECTORY, RESERVE_BYTES);
    }

    private void write(int bytes) throws IOException {
        try (DiskFile file = disk.open(DIRECTORY.resolve("f"))) {
            file.write(new ByteBuffer[] {ByteBuffer.allocate(bytes)}, 0);
        }
    }
}
