package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.FaultyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class ElectionStateFileTest {
    private static final Logger LOG = LoggerFactory.getLogger(ElectionStateFileTest.class);
    private static final Path GROUP = Path.of("/raft/groups/one");
    private static final int ROUNDS = 2_000;

    private FaultyDisk disk;

    @BeforeEach
    void createDirectory() throws IOException {
        disk = new FaultyDisk(1);
        disk.createDirectories(GROUP);
    }

    @Test
    void shouldHaveNothingAtFirst() throws IOException {
        assertThat(open().last()).isEmpty();
    }

    private ElectionStateFile open() throws IOException {
        return ElectionStateFile.open(disk, GROUP);
    }

    @Test
    void shouldHaveWhatWasSavedLast() throws IOException {
        // given
        ElectionStateFile file = open();
        file.save(new ElectionState(3, ElectionState.NOBODY));
        file.save(new ElectionState(3, "2"));
        file.save(new ElectionState(7, ElectionState.NOBODY));

        // when, then
        assertThat(open().last()).contains(new ElectionState(7, ElectionState.NOBODY));
    }

    @Test
    void shouldNotForgetAVoteOfItsTerm() throws IOException {
        // given
        ElectionStateFile file = open();
        file.save(new ElectionState(3, "2"));

        // when: as of a thread that read it before the vote
        file.save(new ElectionState(3, ElectionState.NOBODY));
        file.save(new ElectionState(3, "1"));
        file.save(new ElectionState(2, "1"));

        // then
        assertThat(file.last()).contains(new ElectionState(3, "2"));
    }

    @Test
    void shouldTakeTheNextStateOnAFullDisk() throws IOException {
        // given
        ElectionStateFile file = open();
        disk.leaveSpace(0);

        // when
        file.save(new ElectionState(2, "3"));
        file.save(new ElectionState(3, "1"));

        // then
        assertThat(open().last()).contains(new ElectionState(3, "1"));
    }

    @Test
    void shouldWriteNothingForAStateThatItHas() throws IOException {
        // given
        ElectionStateFile file = open();
        file.save(new ElectionState(1, "1"));
        int forces = disk.forces();

        // when
        file.save(new ElectionState(1, "1"));

        // then
        assertThat(disk.forces()).isEqualTo(forces);
    }

    @Test
    void shouldGoOnAfterAnInterrupt(@TempDir Path directory) throws IOException {
        // given: the JDK closes what an interrupted thread writes to
        ElectionStateFile file = ElectionStateFile.open(Disk.system(), directory);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> file.save(new ElectionState(1, "1"))).isInstanceOf(ClosedByInterruptException.class);
        assertThat(Thread.interrupted()).isTrue();

        // when
        file.save(new ElectionState(1, "2"));

        // then
        assertThat(ElectionStateFile.open(Disk.system(), directory).last()).contains(new ElectionState(1, "2"));
    }

    @Test
    void shouldRefuseAVersionThatItDoesNotKnow() throws IOException {
        // given
        open().save(new ElectionState(1, "1"));
        try (DiskFile file = disk.open(GROUP.resolve(ElectionStateFile.NAME))) {
            ByteBuffer state = ByteBuffer.allocate(60);
            file.read(state, ElectionStateFile.PLACE_BYTES);
            state.putShort(4, (short) 3);
            CRC32C crc = new CRC32C();
            crc.update(state.array());
            ByteBuffer checksum =
                    ByteBuffer.allocate(4).putInt((int) crc.getValue()).flip();
            file.write(new ByteBuffer[] {state.clear(), checksum}, ElectionStateFile.PLACE_BYTES);
        }

        // when, then
        assertThatThrownBy(this::open).hasMessageContaining("format version 3");
    }

    @Test
    void shouldReadWhatWasWrittenWhenNodesHadNoOtherNames() throws IOException {
        try (DiskFile file = disk.open(GROUP.resolve(ElectionStateFile.NAME))) {
            ByteBuffer state = ByteBuffer.allocate(ElectionStateFile.PLACE_BYTES * 2);
            state.putInt(0x4F415245).putShort((short) 1).putShort((short) 0);
            state.putLong(9).putLong(7).putInt(2);
            CRC32C crc = new CRC32C();
            crc.update(state.array(), 0, 28);
            state.putInt((int) crc.getValue());
            file.write(new ByteBuffer[] {state.clear()}, 0);
        }

        assertThat(open().last()).contains(new ElectionState(7, "2"));
    }

    @Test
    void shouldHaveAllThatItSaidWasSavedWheneverThePowerFails() throws IOException {
        long seed = Long.getLong("oarlog.seed", System.nanoTime());
        LOG.info("seed {}", seed);
        Random random = new Random(seed);
        FaultyDisk.Unsynced[] kinds = FaultyDisk.Unsynced.values();
        disk = new FaultyDisk(seed);
        disk.createDirectories(GROUP);
        ElectionState saved = new ElectionState(0, ElectionState.NOBODY);
        for (int round = 0; round < ROUNDS; round++) {
            // given
            disk.killAfter(1 + random.nextInt(12));
            ElectionState tried = saved;
            try {
                ElectionStateFile file = open();
                while (true) {
                    tried = new ElectionState(
                            saved.term() + random.nextInt(2),
                            random.nextBoolean() ? ElectionState.NOBODY : "2.8f14e45fceea167" + random.nextInt(3));
                    file.save(tried);
                    saved = saved.covers(tried) ? saved : tried;
                }
            } catch (IOException e) {
                LOG.debug("the disk died", e);
            }

            // when
            disk.powerCut(kinds[random.nextInt(kinds.length)]);

            // then: what was saved, or what was just being saved in its place
            ElectionState found = open().last().orElse(new ElectionState(0, ElectionState.NOBODY));
            assertThat(found).as("seed %d", seed).isIn(saved, saved.covers(tried) ? saved : tried);
            saved = found;
        }
    }

    @Test
    void shouldNotOpenADiskThatHasNoRoomForIt() {
        disk.leaveSpace(100);
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
    }
}
