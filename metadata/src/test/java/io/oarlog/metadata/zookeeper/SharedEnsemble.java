package io.oarlog.metadata.zookeeper;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** One ensemble for all test classes of the process that stop none of its nodes. It ends with the last test of the process. */
record SharedEnsemble(Path directory, Ensemble ensemble) implements AutoCloseable {
    static Ensemble of(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(SharedEnsemble.class))
                .getOrComputeIfAbsent(SharedEnsemble.class, key -> start(), SharedEnsemble.class)
                .ensemble();
    }

    private static SharedEnsemble start() {
        try {
            Path directory = Files.createTempDirectory("oarlog-zookeeper-");
            return new SharedEnsemble(directory, Ensembles.start(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        ensemble.close();
        Disk.system().deleteRecursively(directory);
    }
}
