package io.oarlog.chaos.cluster;

import java.nio.file.Path;

/** The Java that runs this program. */
final class JavaProgram {
    private JavaProgram() {}

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
