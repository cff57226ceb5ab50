package io.oarlog.raft;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * How many replicas of partitions a node can host. Immutable.
 *
 * @param replicas 0 or more, those included that it hosts already
 * @param scarce what they run out of first, and how there can be more of it; for users
 */
public record ReplicaCapacity(int replicas, String scarce) {
    private static final int MIB = 1024 * 1024;
    /** For the metadata, for sockets and for copies. */
    private static final long OTHER_DIRECT_BYTES = 64L * MIB;

    private static final int FILES_PER_REPLICA = 4;
    private static final int OTHER_FILES = 256;
    private static final int THREADS_PER_REPLICA = 6;
    private static final int OTHER_THREADS = 256;
    /** Each may be missing, or say that there is no limit. */
    private static final List<Path> THREAD_LIMITS = List.of(
            Path.of("/proc/sys/kernel/threads-max"),
            Path.of("/proc/sys/kernel/pid_max"),
            Path.of("/sys/fs/cgroup/pids.max"));

    public ReplicaCapacity {
        if (replicas < 0) {
            throw new IllegalArgumentException("replicas must not be negative: " + replicas);
        }
    }

    /**
     * Of this process, by its limits of direct memory, open files and threads.
     *
     * @param maxOpenSegments files that replicas share
     */
    public static ReplicaCapacity ofThisProcess(RaftSettings settings, int maxOpenSegments) {
        long direct = maxDirectBytes();
        long files = maxOpenFiles();
        long threads = maxThreads();
        return Stream.of(
                        of(
                                direct - OTHER_DIRECT_BYTES,
                                settings.directBytesPerGroup(),
                                "direct memory (" + direct / MIB + " MiB; more with -XX:MaxDirectMemorySize)"),
                        of(
                                files - OTHER_FILES - maxOpenSegments,
                                FILES_PER_REPLICA,
                                "open files (" + files + "; more with ulimit -n)"),
                        of(
                                threads - OTHER_THREADS,
                                THREADS_PER_REPLICA,
                                "threads (" + threads + "; the system's limit, or the container's)"))
                .min(Comparator.comparingInt(ReplicaCapacity::replicas))
                .orElseThrow();
    }

    private static ReplicaCapacity of(long amount, long perReplica, String scarce) {
        long replicas = Math.max(0, amount / perReplica);
        return new ReplicaCapacity((int) Math.min(replicas, Integer.MAX_VALUE), scarce);
    }

    private static long maxDirectBytes() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long set = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return set == 0 ? Runtime.getRuntime().maxMemory() : set;
    }

    private static long maxOpenFiles() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;
    }

    private static long maxThreads() {
        return THREAD_LIMITS.stream().mapToLong(ReplicaCapacity::limit).min().orElse(Long.MAX_VALUE);
    }

    private static long limit(Path file) {
        // At one go: a second read of these files finds nothing more.
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            return Long.parseLong(String.valueOf(reader.readLine()));
        } catch (IOException | NumberFormatException e) {
            return Long.MAX_VALUE; // not on this system, or "max"
        }
    }
}
