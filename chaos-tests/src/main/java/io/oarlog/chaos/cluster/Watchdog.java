package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;

/**
 * Undoes what is left in an {@link UndoJournal} when the process that wrote it is gone, however it ended. A process of its own,
 * in a session of its own, so that Ctrl-C does not reach it.
 */
public final class Watchdog {
    private Watchdog() {}

    /** Starts one that watches this process: the other end of its standard input is here. */
    public static Process start(Path chaosJar, UndoJournal journal) throws IOException {
        return new ProcessBuilder(
                        "setsid",
                        JavaProgram.java(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        chaosJar.toString(),
                        Watchdog.class.getName(),
                        journal.file().toString())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    /** Waits for the end of its standard input; the argument is the journal. */
    public static void main(String[] arguments) throws IOException {
        awaitEndOfInput();
        for (List<String> command : UndoJournal.left(Path.of(arguments[0]))) {
            try {
                Tool.tryRun(command);
            } catch (ToolFailedException e) {
                System.err.println(e.getMessage()); // the rest can be undone still
            }
        }
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // nothing is expected, only the end
            }
        } catch (IOException e) {
            // A broken pipe is an end as well.
        }
    }
}
