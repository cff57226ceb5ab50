package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a replica knows of elections when its group is started, by what is left of the two files. */
class ElectionStatesTest {
    private static final ElectionState PROMISED = new ElectionState(5, "2");

    @TempDir
    Path directory;

    private final ExecutorService writers = Executors.newSingleThreadExecutor();
    private final ElectionStates elections = new ElectionStates(Disk.system(), writers);
    private RaftMetaFile ratis;

    @BeforeEach
    void promise() throws IOException {
        ElectionStateFile.open(Disk.system(), directory).save(PROMISED);
        ratis = RaftMetaFile.of(Disk.system(), directory);
        ratis.write(PROMISED);
    }

    @AfterEach
    void stop() {
        writers.shutdownNow();
    }

    private void open(long lastTerm) throws IOException {
        elections.open(GroupIds.METADATA, directory, lastTerm);
    }

    private ElectionState saved() throws IOException {
        return ElectionStateFile.open(Disk.system(), directory).last().orElseThrow();
    }

    @Test
    void shouldLeaveWhatIsRight() throws IOException {
        open(4);
        assertThat(ratis.read()).contains(PROMISED);
        assertThat(saved()).isEqualTo(PROMISED);
    }

    @Test
    void shouldMendAFileThatIsEmpty() throws IOException {
        Files.write(ratis.path(), new byte[0]);
        open(4);
        assertThat(ratis.read()).contains(PROMISED);
    }

    @Test
    void shouldMendAFileThatIsGone() throws IOException {
        Files.delete(ratis.path());
        open(0);
        assertThat(ratis.read()).contains(PROMISED);
    }

    @Test
    void shouldMendAFileOfAnEarlierTerm() throws IOException {
        ratis.write(new ElectionState(4, "1"));
        open(4);
        assertThat(ratis.read()).contains(PROMISED);
    }

    @Test
    void shouldMendAFileWithoutTheVote() throws IOException {
        ratis.write(new ElectionState(5, ElectionState.NOBODY));
        open(4);
        assertThat(ratis.read()).contains(PROMISED);
    }

    @Test
    void shouldBelieveAFileOfALaterTerm() throws IOException {
        ratis.write(new ElectionState(6, "1"));
        open(4);
        assertThat(ratis.read()).contains(new ElectionState(6, "1"));
    }

    @Test
    void shouldNotGoBackBehindTheTermOfItsLog() throws IOException {
        Files.write(ratis.path(), new byte[0]);
        open(9);
        assertThat(ratis.read()).contains(new ElectionState(9, ElectionState.NOBODY));
        assertThat(saved()).isEqualTo(new ElectionState(9, ElectionState.NOBODY));
    }

    @Test
    void shouldTakeOverFromABuildThatHadRatisFileOnly() throws IOException {
        Files.delete(directory.resolve(ElectionStateFile.NAME));
        open(4);
        assertThat(saved()).isEqualTo(PROMISED);
    }

    @Test
    void shouldBeginANewReplicaAndForgiveItsFirstFullDisk() throws IOException {
        // given
        Files.delete(directory.resolve(ElectionStateFile.NAME));
        Files.delete(ratis.path());
        open(0);
        assertThat(ratis.path()).doesNotExist();

        // when: the first term that Ratis wanted to write was not promised to anybody
        Files.write(ratis.path(), new byte[0]);
        open(0);

        // then
        assertThat(ratis.read()).contains(new ElectionState(0, ElectionState.NOBODY));
    }

    @Test
    void shouldRefuseAReplicaOfWhichNothingIsKnown() throws IOException {
        Files.delete(directory.resolve(ElectionStateFile.NAME));
        Files.write(ratis.path(), new byte[0]);
        assertThatThrownBy(() -> open(0)).hasMessageContaining("it may have voted, and must not vote again");
    }
}
