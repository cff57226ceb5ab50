package io.oarlog.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few MiB in memory, mounted for one test. Needs root. */
final class SmallFileSystem {
    private final Path directory;

    private SmallFileSystem(Path directory) {
        this.directory = directory;
    }

    /** Mounts it at an empty directory, or skips the test where that is not allowed. */
    static SmallFileSystem mountOrSkip(Path directory, int sizeMiB) throws IOException, InterruptedException {
        String failure =
                run("mount", "-t", "tmpfs", "-o", "size=" + sizeMiB + "m", "oarlog-test", directory.toString());
        Assumptions.assumeTrue(failure.isEmpty(), "skipped: a tmpfs cannot be mounted here: " + failure);
        return new SmallFileSystem(directory);
    }

    /** Output of a command that failed, or nothing. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return "cannot run " + command[0] + ": " + e.getMessage();
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return command[0] + " does not end";
        }
        return process.exitValue() == 0 ? "" : command[0] + " ended with " + process.exitValue() + ": " + output;
    }

    /** Unmounts it; files that are still open keep it in memory until they are closed, but not in the directory. */
    void unmount() throws IOException, InterruptedException {
        String failure = run("umount", "--lazy", directory.toString());
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
    }
}
