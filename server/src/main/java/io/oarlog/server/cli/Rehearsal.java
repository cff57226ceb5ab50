package io.oarlog.server.cli;

import io.oarlog.server.embedded.LocalBrokers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ExitCode;

/**
 * Three nodes in this JVM and the usual commands against them, so that the classes which these need are loaded. Run by the build, whose JVM writes
 * them into an archive at its end: {@code java -XX:ArchiveClassesAtExit=FILE -cp JAR io.oarlog.server.cli.Rehearsal}. Leaves no data.
 */
final class Rehearsal {
    private static final int NODES = 3;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private Rehearsal() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("oarlog-rehearsal");
        try (LocalBrokers brokers = new LocalBrokers(directory, NODES, LocalBrokers::zooKeeperListener)) {
            brokers.startAll();
            brokers.awaitReady(LIMIT);
            String bootstrap = brokers.bootstrapServers();
            run(bootstrap, "topic", "create", "rehearsal", "-p", "2");
            System.setIn(new ByteArrayInputStream("k1:hello\nk2:world\n".getBytes(StandardCharsets.UTF_8)));
            run(bootstrap, "produce", "rehearsal", "-k", ":", "-H", "source=rehearsal");
            run(bootstrap, "consume", "rehearsal", "-n", "2");
            run(bootstrap, "consume", "rehearsal", "-g", "rehearsal", "-n", "2");
            run(bootstrap, "topic", "list");
            run(bootstrap, "topic", "describe", "rehearsal", "-o", "json");
            run(bootstrap, "group", "describe", "rehearsal");
            run(bootstrap, "cluster", "status");
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void run(String bootstrap, String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("-b", bootstrap));
        int exitCode = Oarlog.commandLine().execute(all.toArray(String[]::new));
        if (exitCode != ExitCode.OK) {
            throw new IOException(String.join(" ", all) + ": exit code " + exitCode);
        }
    }
}
