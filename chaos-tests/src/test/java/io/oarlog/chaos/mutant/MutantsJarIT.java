package io.oarlog.chaos.mutant;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CrcProbe;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.TestBatches;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent's jar as it is given to nodes. */
@Timeout(120)
class MutantsJarIT {
    private static final Path JAR = Path.of("target", "oarlog-mutants.jar").toAbsolutePath();

    @TempDir
    private Path directory;

    @Test
    void shouldWorkBesideTheClassesOfTheNodeAlone() throws Exception {
        // given: neither Byte Buddy nor the mutants are on the class path
        MutantJvm jvm =
                new MutantJvm(JAR, classPathOf(CrcProbe.class, RecordBatches.class, TestBatches.class), directory);

        // when
        String observed = jvm.observe("crc-skipped", CrcProbe.class);

        // then
        assertThat(observed).isEqualTo("taken: 1");
    }

    @Test
    void shouldEndAJvmThatDoesNotHaveWhatIsToBeRewritten() throws Exception {
        // given
        MutantJvm jvm = new MutantJvm(JAR, classPathOf(CrcProbe.class), directory);

        // when
        MutantJvm.Ended ended = jvm.run("crc-skipped", ProbeMain.class);

        // then
        assertThat(ended)
                .isEqualTo(new MutantJvm.Ended(
                        86,
                        "",
                        "oarlog-mutants: the mutant crc-skipped cannot be made of this node: there is no class"
                                + " io.oarlog.log.RecordBatches\n"));
    }

    @Test
    void shouldBringNothingButTheMutantsToTheNode() throws Exception {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName))
                    .allMatch(name -> name.startsWith("io/oarlog/chaos/mutant/") || name.startsWith("META-INF/"));
            assertThat(jar.getManifest().getMainAttributes())
                    .containsKey(new Attributes.Name("Premain-Class"))
                    .doesNotContainKey(Attributes.Name.CLASS_PATH);
        }
    }

    private static String classPathOf(Class<?>... classes) {
        return Stream.of(classes).map(MutantsJarIT::placeOf).distinct().collect(Collectors.joining(File.pathSeparator));
    }

    private static String placeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
