package io.oarlog.chaos.mutant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.oarlog.log.CrcProbe;
import io.oarlog.log.SequencesProbe;
import io.oarlog.log.TruncationProbe;
import io.oarlog.metadata.tree.VersionsProbe;
import io.oarlog.metadata.zookeeper.SyncProbe;
import io.oarlog.raft.AckProbe;
import io.oarlog.raft.LeaderChangeProbe;
import io.oarlog.raft.RetryProbe;
import io.oarlog.server.api.EpochFetchProbe;
import io.oarlog.server.api.FollowerFetchProbe;
import io.oarlog.server.api.LeaderFetchProbe;
import io.oarlog.server.group.TenureProbe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every mutant against the node as it is built: that it can be made, and that it then behaves otherwise. */
@Timeout(120)
class MutantsTest {
    private static final ClassFileLocator CLASS_PATH =
            ClassFileLocator.ForClassLoader.of(MutantsTest.class.getClassLoader());

    /** With a probe, what it sees of a sound node, and what of the mutant. */
    static Stream<Arguments> behaviours() {
        return Stream.of(
                arguments(
                        Mutant.NO_FSYNC,
                        ForceProbe.class,
                        "segment forced, Raft log forced",
                        "segment not forced, Raft log not forced"),
                arguments(Mutant.ACK_BEFORE_MAJORITY, AckProbe.class, "waits", "answered"),
                arguments(Mutant.COMMIT_ALONE, MajorityProbe.class, "commits 5", "commits 9"),
                arguments(Mutant.STALE_LEADER_READS, FollowerFetchProbe.class, "NOT_LEADER_OR_FOLLOWER", "3 batches"),
                arguments(
                        Mutant.HIGH_WATERMARK_TOO_FAR,
                        LeaderFetchProbe.class,
                        "1 batches, high watermark 1",
                        "3 batches, high watermark 1"),
                arguments(Mutant.CRC_SKIPPED, CrcProbe.class, "refused: CORRUPT", "taken: 1"),
                arguments(Mutant.PRODUCERS_FORGOTTEN, LeaderChangeProbe.class, "known", "appended again"),
                arguments(
                        Mutant.NO_DEDUP,
                        SequencesProbe.class,
                        "again: Duplicate, gap: OutOfOrder, next: Accepted",
                        "again: Accepted, gap: OutOfOrder, next: Accepted"),
                arguments(
                        Mutant.NO_TRUNCATE,
                        TruncationProbe.class,
                        "same offsets: [1, 2, 2, 2], others: [1, 1, 2]",
                        "same offsets: [1, 1, 1, 2], others: [1, 1, 2]"),
                arguments(Mutant.RETRY_OFFSET, RetryProbe.class, "first 4, again 4", "first 4, again 5"),
                arguments(
                        Mutant.COMMIT_FORGOTTEN,
                        TenureProbe.class,
                        "ends 1 and 2, committed []",
                        "ends 1 and 2, committed [1, 2]"),
                arguments(Mutant.STALE_REGISTERS, SyncProbe.class, "when it comes out of the log", "at once: /r"),
                arguments(
                        Mutant.CAS_NOT_ATOMIC,
                        VersionsProbe.class,
                        "broker expects 1: BAD_VERSION, client expects 0: BAD_VERSION, client expects 1: BAD_VERSION",
                        "broker expects 1: BAD_VERSION, client expects 0: BAD_VERSION, client expects 1: done"),
                arguments(Mutant.FETCH_SKIPS, EpochFetchProbe.class, "4 batches, others 4", "3 batches, others 4"));
    }

    @ParameterizedTest
    @MethodSource("behaviours")
    void shouldBehaveOtherwiseThanASoundNode(
            Mutant mutant, Class<? extends Probe> probe, String sound, String broken, @TempDir Path directory)
            throws Exception {
        // when
        String ofSoundNode =
                probe.getDeclaredConstructor().newInstance().observe(Files.createDirectory(directory.resolve("sound")));
        String ofMutant = MutantJvm.ofClassPath(directory).observe(mutant.label(), probe);

        // then
        assertThat(ofSoundNode).isEqualTo(sound);
        assertThat(ofMutant).isEqualTo(broken);
    }

    @Test
    void shouldHaveABehaviourOfEachMutant() {
        assertThat(behaviours().map(behaviour -> behaviour.get()[0]))
                .containsExactlyInAnyOrder((Object[]) Mutant.values());
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindAndRewriteEachTarget(Mutant mutant) throws Exception {
        // given
        Installation installation = new Installation(mutant);

        // when
        installation.requireTargets(CLASS_PATH);

        // then
        for (Rewrite rewrite : mutant.rewrites()) {
            byte[] unchanged = CLASS_PATH.locate(rewrite.className()).resolve();
            byte[] rewritten = installation.rewritten(rewrite.className(), CLASS_PATH);
            assertThat(rewritten).isNotEqualTo(unchanged);
        }
    }

    @Test
    void shouldRefuseATargetThatIsNotThere() {
        // given
        TypeDescription type = TypeDescription.ForLoadedType.of(Mutant.class);
        Rewrite ofNoMethod = new Rewrite(Mutant.class.getName(), "label(int)", CrcSkipped.Compared.class);

        // when, then
        assertThatThrownBy(() -> ofNoMethod.requireIn(type))
                .hasMessage("io.oarlog.chaos.mutant.Mutant has no method label(int)");
        assertThatThrownBy(() -> new Installation(Mutant.NO_FSYNC).requireTargets(ClassFileLocator.NoOp.INSTANCE))
                .hasMessageStartingWith("there is no class");
    }

    @Test
    void shouldSayThatItIsActiveInOneLine(@TempDir Path directory) throws Exception {
        // when
        MutantJvm.Ended ended = MutantJvm.ofClassPath(directory).run("no-dedup", Nothing.class);

        // then
        assertThat(ended)
                .isEqualTo(new MutantJvm.Ended(
                        0,
                        "",
                        "oarlog-mutants: this node is broken on purpose: no-dedup: a batch that a producer repeats is"
                                + " appended again\n"));
    }

    @Test
    void shouldEndTheJvmWhenThereIsNoSuchMutant(@TempDir Path directory) throws Exception {
        // when
        MutantJvm.Ended ended = MutantJvm.ofClassPath(directory).run("no-such", Nothing.class);

        // then
        assertThat(ended.exitCode()).isEqualTo(86);
        assertThat(ended.stderr()).startsWith("oarlog-mutants: there is no mutant no-such; there are no-fsync, ");
        assertThat(ended.stderr().lines()).hasSize(1);
    }

    @Test
    void shouldHaveNamesForTheCommandLine() {
        assertThat(Arrays.stream(Mutant.values()).map(Mutant::label))
                .doesNotHaveDuplicates()
                .allMatch(label -> label.matches("[a-z]+(-[a-z]+)+"));
        assertThat(Mutant.named("crc-skipped")).contains(Mutant.CRC_SKIPPED);
    }

    /** A program that does nothing. */
    static final class Nothing {
        private Nothing() {}

        public static void main(String[] arguments) {
            // nothing
        }
    }
}
