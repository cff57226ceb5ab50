package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A new directory for the data of a measurement, gone after {@link #close}. */
final class ScratchDirectory implements Closeable {
    private static final String PARENT_PROPERTY = "oarlog.benchmarks.data";

    private final Path path;

    private ScratchDirectory(Path path) {
        this.path = path;
    }

    /** A directory where this process is told to put its data. */
    static ScratchDirectory create() throws IOException {
        return in(Path.of(System.getProperty(PARENT_PROPERTY, System.getProperty("java.io.tmpdir"))));
    }

    static ScratchDirectory in(Path parent) throws IOException {
        return new ScratchDirectory(Files.createTempDirectory(Files.createDirectories(parent), "oarlog-benchmarks-"));
    }

    /** The JVM argument that makes {@link #create} of another process use this directory. */
    String jvmArgument() {
        return "-D" + PARENT_PROPERTY + "=" + path;
    }

    Path path() {
        return path;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(path)) {
            Disk.system().deleteRecursively(path);
        }
    }
}
