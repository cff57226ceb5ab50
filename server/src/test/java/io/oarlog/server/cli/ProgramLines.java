package io.oarlog.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** The lines that {@link ClientProgram} writes, as a program in Java obeys them. */
final class ProgramLines {
    private ProgramLines() {}

    /** Does something with so many records; returns when it is done. */
    @FunctionalInterface
    interface Command {
        void run(int count) throws Exception;
    }

    /** Obeys until the program is told to end. */
    static void obey(Command produce, Command consume) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("end"); line = in.readLine()) {
            String[] words = line.split(" ", 2);
            int count = Integer.parseInt(words[1]);
            switch (words[0]) {
                case "produce" -> produce.run(count);
                case "consume" -> consume.run(count);
                default -> throw new IOException(line);
            }
            System.out.println(words[0] + "d " + count);
        }
    }
}
