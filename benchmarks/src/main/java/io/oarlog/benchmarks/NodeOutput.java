package io.oarlog.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the nodes of an ensemble printed, which is all that tells why a measurement failed. */
final class NodeOutput {
    private NodeOutput() {}

    /**
     * Copies the output of each node.
     *
     * @param ensemble directory of the ensemble's data
     * @param parent made when it does not exist
     * @return the new directory with one file for each node that ever ran
     */
    static Path keep(Path ensemble, Path parent) throws IOException {
        Path kept = Files.createTempDirectory(Files.createDirectories(parent), ensemble.getFileName() + "-");
        try (DirectoryStream<Path> nodes = Files.newDirectoryStream(ensemble, "node-*")) {
            for (Path node : nodes) {
                Path output = node.resolve("node.log");
                if (Files.exists(output)) {
                    Files.copy(output, kept.resolve(node.getFileName() + ".log"));
                }
            }
        }
        return kept;
    }
}
