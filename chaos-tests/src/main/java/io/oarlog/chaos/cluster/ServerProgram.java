package io.oarlog.chaos.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The server's jar, which is the command line {@code oarlog} as well, where this machine's Java runs it. */
final class ServerProgram {
    /** For what ends soon: not worth the second compiler. */
    static final List<String> BRIEF = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private ServerProgram() {}

    /** What comes before the arguments of {@code oarlog}. */
    static List<String> command(ClusterSpec spec, List<String> jvmArguments) {
        List<String> command = new ArrayList<>(List.of(JavaProgram.java()));
        command.addAll(jvmArguments);
        Path archive = spec.serverJar().resolveSibling("oarlog-server.jsa");
        if (Files.exists(archive)) {
            command.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
        }
        command.addAll(List.of("-jar", spec.serverJar().toString()));
        return command;
    }

    /**
     * A command of an operator.
     *
     * @param prefix what comes before it, such as {@code nsenter --net=FILE}
     */
    static List<String> operator(
            ClusterSpec spec, List<String> prefix, List<String> jvmArguments, List<String> arguments) {
        List<String> ofJvm = new ArrayList<>(BRIEF);
        ofJvm.addAll(jvmArguments);
        List<String> whole = new ArrayList<>(prefix);
        whole.addAll(command(spec, ofJvm));
        whole.addAll(arguments);
        return whole;
    }
}
