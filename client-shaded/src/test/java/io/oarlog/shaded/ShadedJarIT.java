package io.oarlog.shaded;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.client.Compression;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.testkit.OarlogCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar that users get: small, alone, and able to do what the client promises. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ShadedJarIT {
    private static final long MAX_BYTES = 3_000_000;
    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

    private static final Pattern OTHERS = Pattern.compile(
            "(META-INF/)?(MANIFEST.MF|LICENSE|NOTICE)(.txt)?|META-INF/services/io[.]oarlog[.]client[.]shaded[.].*");

    @TempDir
    Path directory;

    private static Path jar() {
        return Path.of(Objects.requireNonNull(System.getProperty("shaded.jar")));
    }

    @Test
    void shouldBeSmall() throws IOException {
        assertThat(Files.size(jar())).isLessThan(MAX_BYTES);
    }

    @Test
    void shouldHoldNoClassThatCanClashAndNoNativeCode() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            List<String> names = jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .toList();
            assertThat(names).contains("io/oarlog/client/Producer.class", "LICENSE", "NOTICE");
            assertThat(names.stream().filter(name -> name.endsWith(".class")))
                    .allMatch(name -> name.startsWith("io/oarlog/client/"));
            assertThat(names.stream().filter(name -> !name.endsWith(".class")))
                    .allMatch(name -> OTHERS.matcher(name).matches());
        }
    }

    @Test
    void shouldBringNoDependency() throws IOException {
        String pom = Files.readString(Path.of(Objects.requireNonNull(System.getProperty("reduced.pom"))));
        Matcher dependencies = DEPENDENCY.matcher(pom);
        int found = 0;
        while (dependencies.find()) {
            found++;
            assertThat(dependencies.group(1)).containsPattern("<scope>(provided|test)</scope>");
        }
        assertThat(found).as("also those of the parent").isGreaterThan(2);
        assertThat(pom).contains("<artifactId>slf4j-api</artifactId>", "<artifactId>jspecify</artifactId>");
    }

    @Test
    void shouldSendAndReadInAJvmThatHasNothingElse() throws Exception {
        try (OarlogCluster cluster = OarlogCluster.start(1)) {
            String bootstrap = cluster.bootstrapServers();
            cluster.createTopic("t", 1);
            cluster.createTopic("packed", 1);
            ProducerSettings zstd = ProducerSettings.defaults(bootstrap).withCompression(Compression.ZSTD);
            try (Producer producer = new Producer(zstd)) {
                producer.send(ProducerRecord.of("packed", null, new byte[1_000]))
                        .join();
            }

            // when
            String output = run(bootstrap, "t", "packed");

            // then
            assertThat(output)
                    .contains("first record after ms")
                    .contains("read " + SendAndRead.RECORDS)
                    .contains("producer: zstd needs com.github.luben:zstd-jni on the class path")
                    .contains("consumer: zstd needs com.github.luben:zstd-jni on the class path, position 0")
                    .contains("topics [other, packed, t]")
                    .doesNotContain("SLF4J");
        }
    }

    private String run(String bootstrap, String topic, String packed) throws IOException, InterruptedException {
        Path alone = Files.createDirectories(directory.resolve("classes/io/oarlog/shaded"));
        Path compiled = Path.of("target", "test-classes", "io", "oarlog", "shaded", "SendAndRead.class");
        Files.copy(compiled, alone.resolve("SendAndRead.class"));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        jar() + System.getProperty("path.separator") + directory.resolve("classes"),
                        SendAndRead.class.getName(),
                        bootstrap,
                        topic,
                        packed)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(1, TimeUnit.MINUTES);
        process.destroyForcibly();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended).as(said).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
