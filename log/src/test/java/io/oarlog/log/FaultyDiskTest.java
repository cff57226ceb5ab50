package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.FaultyDisk.Unsynced;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk that forgets too little would let every crash test pass. */
class FaultyDiskTest {
    private static final Path DIRECTORY = Path.of("/d");
    private static final Path FILE = DIRECTORY.resolve("f");

    private final FaultyDisk disk = new FaultyDisk(9);

    @BeforeEach
    void createDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    @Test
    void shouldLoseBytesThatWereNotForced() throws IOException {
        // given
        DiskFile file = durableFile("abc");
        write(file, "xyz123", 1);

        // when
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(content()).isEqualTo("abc");
    }

    @Test
    void shouldLoseATruncationThatWasNotForced() throws IOException {
        // given
        durableFile("abc").truncate(1);
        assertThat(content()).isEqualTo("a");

        // when
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(content()).isEqualTo("abc");
    }

    @Test
    void shouldLoseANameThatWasNotSynced() throws IOException {
        // given
        DiskFile file = disk.open(FILE);
        write(file, "abc", 0);
        file.force();

        // when
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(disk.exists(FILE)).isFalse();
    }

    @Test
    void shouldLoseADeletionAndARenameThatWereNotSynced() throws IOException {
        // given
        durableFile("abc");
        Path other = DIRECTORY.resolve("g");
        disk.move(FILE, other);
        disk.delete(other);

        // when
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(content()).isEqualTo("abc");
        assertThat(disk.exists(other)).isFalse();
    }

    @Test
    void shouldKeepARenameThatWasSynced() throws IOException {
        // given
        durableFile("abc");
        Path other = DIRECTORY.resolve("g");
        disk.move(FILE, other);
        disk.syncDirectory(DIRECTORY);

        // when
        disk.powerCut(Unsynced.LOST);

        // then
        assertThat(disk.list(DIRECTORY)).containsExactly(other);
    }

    @Test
    void shouldScatterWritesInAllWays() throws IOException {
        // given
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            FaultyDisk scattering = new FaultyDisk(seed);
            scattering.createDirectories(DIRECTORY);
            DiskFile file = scattering.open(FILE);
            scattering.syncDirectory(DIRECTORY);
            write(file, "a".repeat(512), 0);
            write(file, "b".repeat(1024), 512);

            // when
            scattering.powerCut(Unsynced.SCATTERED);

            // then
            byte[] content = scattering.content(FILE);
            StringBuilder sectors = new StringBuilder();
            for (int at = 0; at < content.length; at += 512) {
                sectors.append(content[at] == 0 ? '-' : (char) content[at]);
            }
            outcomes.add(sectors.toString());
        }
        assertThat(outcomes).contains("", "a", "abb", "-bb", "ab", "-b", "---", "a-b", "--b");
    }

    @Test
    void shouldTearTheLastWriteOnly() throws IOException {
        // given
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            FaultyDisk tearing = new FaultyDisk(seed);
            tearing.createDirectories(DIRECTORY);
            DiskFile file = tearing.open(FILE);
            write(file, "a".repeat(700), 0);
            write(file, "b".repeat(500), 700);

            // when
            tearing.powerCut(Unsynced.TORN);

            // then: sectors end at 512 and 1,024
            String content = new String(tearing.content(FILE), StandardCharsets.ISO_8859_1);
            assertThat(content).startsWith("a".repeat(700));
            outcomes.add(shown(content, 700) + shown(content, 1_024));
        }
        assertThat(outcomes).contains("", "b", "bb", "-", "-b", "-b", "--", "b-", "?", "b?", "?b", "-?", "??", "?-");
    }

    private static String shown(String content, int position) {
        if (position >= content.length()) {
            return "";
        }
        int end = Math.min(content.length(), (position / 512 + 1) * 512);
        String part = content.substring(position, end);
        int last = part.length() - 1;
        return part.equals("b".repeat(last + 1)) ? "b" : part.equals("\0".repeat(last + 1)) ? "-" : "?";
    }

    @Test
    void shouldTellWhetherAPowerCutCouldTakeSomething() throws IOException {
        // given
        DiskFile file = durableFile("abc");
        assertThat(disk.hasUnsynced()).isFalse();

        // when / then
        write(file, "d", 3);
        assertThat(disk.hasUnsynced()).isTrue();
        file.force();
        assertThat(disk.hasUnsynced()).isFalse();
        disk.delete(FILE);
        assertThat(disk.hasUnsynced()).isTrue();
        disk.syncDirectory(DIRECTORY);
        assertThat(disk.hasUnsynced()).isFalse();
    }

    @Test
    void shouldShowWhatAFailedForceLostUntilThePowerFails() throws IOException {
        // given
        DiskFile file = durableFile("");
        write(file, "abc", 0);
        disk.failForce(1);
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
        assertThat(content()).isEqualTo("abc");

        // when: tried again, with success
        file.force();
        disk.powerCut(Unsynced.KEPT);

        // then
        assertThat(content()).isIn("", "abc", "\0\0\0");
    }

    @Test
    void shouldRefuseAllWhenTheProcessIsDeadOrAnother() throws IOException {
        // given
        DiskFile file = durableFile("abc");
        disk.killAfter(2);
        write(file, "d", 3);
        assertThatThrownBy(() -> write(file, "ef", 4)).isInstanceOf(IOException.class);

        // when / then
        assertThatThrownBy(() -> disk.open(FILE)).isInstanceOf(IOException.class);
        disk.restart();
        assertThatThrownBy(file::size).isInstanceOf(IOException.class);
        assertThat(content()).isIn("abcd", "abcde");
    }

    @Test
    void shouldWriteWhatFitsWhenFull() throws IOException {
        // given
        DiskFile file = durableFile("abc");
        disk.leaveSpace(2);

        // when / then
        assertThat(disk.usableBytes(DIRECTORY)).isEqualTo(2);
        assertThatThrownBy(() -> write(file, "defg", 3)).isInstanceOf(NoSpaceException.class);
        assertThat(content()).isEqualTo("abcde");
        assertThat(disk.usableBytes(DIRECTORY)).isZero();
        write(file, "xyz", 0);
        assertThat(content()).isEqualTo("xyzde");
    }

    @Test
    void shouldFailTheWriteAskedForOnly() throws IOException {
        // given
        DiskFile file = durableFile("");
        disk.failWrite(2);
        write(file, "abc", 0);

        // when / then
        assertThatThrownBy(() -> write(file, "def", 3)).isInstanceOf(IOException.class);
        write(file, "ghi", 3);
        assertThat(content()).isEqualTo("abcghi");
        assertThat(disk.bytesWritten(FILE::equals)).isEqualTo(9);
    }

    private DiskFile durableFile(String content) throws IOException {
        DiskFile file = disk.open(FILE);
        write(file, content, 0);
        file.force();
        disk.syncDirectory(DIRECTORY);
        return file;
    }

    private static void write(DiskFile file, String text, long position) throws IOException {
        file.write(new ByteBuffer[] {ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))}, position);
    }

    private String content() {
        return new String(disk.content(FILE), StandardCharsets.UTF_8);
    }
}
