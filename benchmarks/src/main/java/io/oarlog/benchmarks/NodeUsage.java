package io.oarlog.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * What the process of a node takes of a Linux machine.
 *
 * @param cpu that it has used since it began, in user and kernel mode
 * @param residentBytes of memory
 */
record NodeUsage(Duration cpu, long residentBytes, int threads, long openFiles) {
    static NodeUsage of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Duration cpu = ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().totalCpuDuration())
                .orElseThrow(() -> new IOException("process " + pid + " is gone"));
        long resident = 0;
        int threads = 0;
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                resident = number(line) << 10;
            } else if (line.startsWith("Threads:")) {
                threads = (int) number(line);
            }
        }
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            return new NodeUsage(cpu, resident, threads, files.count());
        }
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceAll("\\D", ""));
    }
}
