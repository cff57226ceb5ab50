package io.oarlog.raft;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that say what threads did when something did not go on: {@code <data directory>/evidence/<time>-<group>.txt}. The oldest
 * go, {@link #MAX_FILES} stay. Thread-safe.
 */
final class Evidence {
    private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
    static final String DIRECTORY = "evidence";
    static final int MAX_FILES = 20;
    private static final String SUFFIX = ".txt";
    /** Sorts by time. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH-mm-ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Disk disk;
    private final Path directory;
    private final Clock clock;

    Evidence(Disk disk, Path dataDirectory, Clock clock) {
        this.disk = disk;
        this.directory = dataDirectory.resolve(DIRECTORY);
        this.clock = clock;
    }

    /**
     * Writes a file; waits for the disk.
     *
     * @param subject what it is about, its first line
     * @param isConcerned threads whose stacks belong to it
     * @return where it is, or why it is not: no reason to leave undone what it is about
     */
    String leave(UUID group, String subject, Predicate<Thread> isConcerned) {
        try {
            return write(group, subject + "\n\n" + stacks(isConcerned)).toString();
        } catch (IOException | RuntimeException e) {
            LOG.atDebug().setCause(e).log("no evidence of {}", subject);
            return "none: " + e;
        }
    }

    private static String stacks(Predicate<Thread> isConcerned) {
        StringBuilder stacks = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            Thread thread = entry.getKey();
            if (isConcerned.test(thread)) {
                stacks.append(thread.getName())
                        .append(' ')
                        .append(thread.getState())
                        .append('\n');
                for (StackTraceElement frame : entry.getValue()) {
                    stacks.append("    at ").append(frame).append('\n');
                }
                stacks.append('\n');
            }
        }
        return stacks.isEmpty() ? "no thread of its own\n" : stacks.toString();
    }

    private synchronized Path write(UUID group, String text) throws IOException {
        disk.createDirectories(directory);
        List<Path> files = files();
        for (Path file : files.subList(0, Math.max(0, files.size() - MAX_FILES + 1))) {
            disk.delete(file);
        }
        String time = TIME.format(Instant.ofEpochMilli(clock.currentTimeMillis()));
        Path file = directory.resolve(time + "-" + group + SUFFIX);
        try (DiskFile opened = disk.open(file)) {
            ByteBuffer[] bytes = {ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))};
            opened.write(bytes, 0);
        }
        return file;
    }

    /** The oldest first, by the names. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>(disk.list(directory));
        files.removeIf(file -> !file.toString().endsWith(SUFFIX));
        return files;
    }
}
