package io.oarlog.server.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How another JVM is given the code of this program. Where it runs from its jar, the build has left an archive of loaded classes beside it
 * (class data sharing of HotSpot, written by {@link Rehearsal}): with it a node starts with a third less CPU. A JVM that cannot use the archive
 * (another version, a jar that has changed since) goes without and says nothing.
 */
final class ProgramCode {
    private static final String JAR = ".jar";
    private static final String ARCHIVE = ".jsa";

    private ProgramCode() {}

    /** Arguments of a JVM that runs classes of this program, its class path among them. */
    static List<String> jvmArguments() {
        Path code = location();
        if (!Files.isRegularFile(code)) {
            return List.of("-cp", System.getProperty("java.class.path"));
        }
        Path archive = archive(code);
        return Files.exists(archive)
                ? List.of(
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:cds=off",
                        "-Xlog:cds+dynamic=off",
                        "-cp",
                        code.toString())
                : List.of("-cp", code.toString());
    }

    /** The archive of a jar: beside it, with the jar's name. */
    private static Path archive(Path jar) {
        String name = jar.getFileName().toString();
        return jar.resolveSibling(name.substring(0, name.length() - JAR.length()) + ARCHIVE);
    }

    /** The jar, which names its libraries itself, or in an unpacked build the directory of the classes. */
    private static Path location() {
        try {
            return Path.of(ProgramCode.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
