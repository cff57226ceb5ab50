package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** The process of the clients, where this machine's Java runs it. */
final class ClientProcess {
    private ClientProcess() {}

    /** @param prefix what comes before the command, such as {@code ip netns exec NAME} */
    static Process start(
            ClusterSpec spec,
            UndoJournal journal,
            List<String> prefix,
            List<String> jvmArguments,
            List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(JavaProgram.java());
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(List.of("-XX:+DisplayVMOutputToStderr", "-Dzookeeper.request.timeout=10000"));
        command.addAll(jvmArguments);
        command.add("-cp");
        command.add(spec.chaosJar().toString());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(Redirect.appendTo(
                        spec.directory().resolve("clients.log").toFile()))
                .start();
        long undo = journal.willDo(List.of("kill", "-9", Long.toString(process.pid())));
        var unused = process.onExit().thenRun(() -> journal.undone(undo));
        return process;
    }
}
