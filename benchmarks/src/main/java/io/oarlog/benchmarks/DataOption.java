package io.oarlog.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a measurement puts its data. */
final class DataOption {
    @Option(
            names = "--dir",
            defaultValue = "${sys:java.io.tmpdir}",
            description =
                    "The data goes to a new directory there, which is deleted at the end; choose one on the disk that"
                            + " is meant (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private Path directory;

    /**
     * A directory that is deleted even when the process is stopped by Ctrl-C.
     *
     * @param bytes that will be there at most
     * @throws IOException when there is no room for them; nothing is written then
     */
    ScratchDirectory create(long bytes) throws IOException {
        ScratchDirectory created = ScratchDirectory.in(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(created), "delete-data"));
        long usable = Files.getFileStore(created.path()).getUsableSpace();
        if (usable < bytes) {
            throw new IOException(directory + " has " + (usable >> 20) + " MiB free and " + (bytes >> 20)
                    + " MiB are needed: make room or choose another directory with --dir");
        }
        return created;
    }

    private static void delete(ScratchDirectory directory) {
        try {
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
