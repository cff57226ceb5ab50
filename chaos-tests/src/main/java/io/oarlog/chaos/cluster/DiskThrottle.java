package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A bound on how often the processes in a control group write to a device: version 1 ({@code blkio}) or 2 ({@code io}). */
final class DiskThrottle {
    private static final Path V1 = Path.of("/sys/fs/cgroup/blkio");
    private static final Path V2 = Path.of("/sys/fs/cgroup");

    /** Processes that were killed are in their group for a moment still. */
    private static final String REMOVE =
            "for i in $(seq 50); do [ -d \"$0\" ] || exit 0; rmdir \"$0\" 2> /dev/null && exit 0; sleep 0.1; done";

    private final String run;
    private final UndoJournal journal;

    DiskThrottle(String run, UndoJournal journal) {
        this.run = run;
        this.journal = journal;
    }

    /** Why there is none here; empty when there is. */
    Optional<String> lack() {
        try {
            Path group = group("probe");
            boolean isThere = isVersion1()
                    ? Files.exists(group.resolve("blkio.throttle.write_iops_device"))
                    : Files.exists(group.resolve("io.max"));
            remove("probe");
            return isThere ? Optional.empty() : Optional.of("the kernel has no throttle for block devices in cgroups");
        } catch (IOException e) {
            return Optional.of("no control group can be made: " + e.getMessage());
        }
    }

    /** Makes the group of a node; before the node, so that it is undone after it. */
    void prepare(String name) throws IOException {
        group(name);
    }

    /** @param writesPerSecond of the process to the device */
    void limit(String name, long pid, String device, int writesPerSecond) throws IOException {
        Path group = group(name);
        if (isVersion1()) {
            write(group.resolve("blkio.throttle.write_iops_device"), device + " " + writesPerSecond);
        } else {
            write(group.resolve("io.max"), device + " wiops=" + writesPerSecond);
        }
        write(group.resolve("cgroup.procs"), Long.toString(pid));
    }

    /** Takes the bound away; the processes stay in the group until they end. */
    void lift(String name, String device) throws IOException {
        Path group = group(name);
        if (isVersion1()) {
            write(group.resolve("blkio.throttle.write_iops_device"), device + " 0");
        } else {
            write(group.resolve("io.max"), device + " wiops=max");
        }
    }

    void remove(String name) {
        Tool.tryRun(List.of("sh", "-c", REMOVE, path(name).toString()));
    }

    private Path group(String name) throws IOException {
        Path path = path(name);
        if (!Files.exists(path)) {
            journal.willDo(List.of("sh", "-c", REMOVE, path.toString()));
            Files.createDirectory(path);
        }
        return path;
    }

    /** Directory of the group of a node. */
    Path path(String name) {
        return (isVersion1() ? V1 : V2).resolve("oarlog-" + run + "-" + name);
    }

    private static boolean isVersion1() {
        return Files.isDirectory(V1);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
