package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes' clocks: each node's process reads the time through libfaketime, which looks at a file. The monotonic clock is left
 * alone, as by the clocks of real machines.
 */
final class ClockFiles {
    private static final List<Path> LIBRARIES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

    private final Path directory;
    private final Optional<Path> library;

    /** @param directory of the run */
    ClockFiles(Path directory) {
        this.directory = directory;
        this.library = LIBRARIES.stream().filter(Files::exists).findFirst();
    }

    /** Why clocks cannot be changed; empty when they can. */
    Optional<String> lack() {
        return library.isPresent() ? Optional.empty() : Optional.of("libfaketime is missing: apt-get install faketime");
    }

    Path file(int node) {
        return directory.resolve("clock-" + node);
    }

    /** @param file where the node's process sees it */
    Map<String, String> environment(Path file) {
        return library.map(path -> Map.of(
                        "LD_PRELOAD", path.toString(),
                        "FAKETIME_TIMESTAMP_FILE", file.toString(),
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        // Else each timed wait of the JVM costs a system call and a lock: seven times the time to
                        // start.
                        "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                        "FAKETIME_CACHE_DURATION", "1"))
                .orElse(Map.of());
    }

    /**
     * Sets a node's clock. No pace is ever given to libfaketime: it would apply it to the time limits of waits as well, and those
     * follow the monotonic clock on a real machine.
     *
     * @param offset as libfaketime has it: {@code +0.000}, {@code -3600.000}
     */
    void set(int node, String offset) throws IOException {
        Path next = directory.resolve("clock-" + node + ".new");
        Files.writeString(next, offset + "\n", StandardCharsets.UTF_8);
        Files.move(next, file(node), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
