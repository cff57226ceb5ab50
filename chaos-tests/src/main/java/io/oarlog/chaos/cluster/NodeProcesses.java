package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Nodes as child processes of this one. Thread-safe: {@link #close} may come from any thread. */
final class NodeProcesses implements AutoCloseable {
    private static final int STOP_LIMIT_SECONDS = 30;

    private final ClusterSpec spec;
    private final UndoJournal journal;
    private final ClockFiles clocks;
    private final Map<Integer, Running> running = new HashMap<>(); // guarded by this
    private boolean isClosed; // guarded by this

    NodeProcesses(ClusterSpec spec, UndoJournal journal, ClockFiles clocks) {
        this.spec = spec;
        this.journal = journal;
        this.clocks = clocks;
    }

    /** @param prefix what comes before the command, such as {@code ip netns exec NAME} */
    synchronized void start(int node, List<String> prefix, List<String> jvmArguments, Path config) throws IOException {
        if (isClosed) {
            throw new IOException("stopped");
        }
        List<String> command = new ArrayList<>(prefix);
        List<String> ofJvm = new ArrayList<>(spec.jvmArguments());
        ofJvm.addAll(jvmArguments);
        ofJvm.add("-Dlogback.configurationFile=broker-logback.xml");
        command.addAll(ServerProgram.command(spec, ofJvm));
        command.addAll(List.of("server", "--config", config.toString(), "--stop-on-stdin-end"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(
                        spec.nodeDirectory(node).resolve("broker.log").toFile()));
        builder.environment().putAll(clocks.environment(clocks.file(node)));
        Process process = builder.start();
        // It ends with the pipe to its standard input; one that is stopped by a signal does not.
        long undo = journal.willDo(List.of("kill", "-9", Long.toString(process.pid())));
        var unused = process.onExit().thenRun(() -> journal.undone(undo));
        running.put(node, new Running(process));
    }

    synchronized long pid(int node) {
        Running found = running.get(node);
        return found == null || !found.process().isAlive()
                ? -1
                : found.process().pid();
    }

    void awaitEnd(int node) throws InterruptedException {
        Running found;
        synchronized (this) {
            found = running.get(node);
        }
        if (found != null) {
            found.process().waitFor();
        }
    }

    /** Stops all nodes in order, SIGTERM first; none is started after it. */
    @Override
    public void close() {
        List<Running> all;
        synchronized (this) {
            isClosed = true;
            all = List.copyOf(running.values());
        }
        all.forEach(node -> node.process().destroy());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_LIMIT_SECONDS);
        for (Running node : all) {
            try {
                if (!node.process().waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    node.process().destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                node.process().destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    private record Running(Process process) {}
}
