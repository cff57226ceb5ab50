package io.oarlog.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a measurement puts its data. */
final class DataOption {
    @Option(
            names = "--dir",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "The data goes to a new directory there, which is deleted at the end; choose one on the disk that"
                    + " is meant (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private Path directory;

    /** A directory that is deleted even when the process is stopped by Ctrl-C. */
    ScratchDirectory create() throws IOException {
        ScratchDirectory created = ScratchDirectory.in(directory);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                created.close();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        "delete-data"));
        return created;
    }
}
