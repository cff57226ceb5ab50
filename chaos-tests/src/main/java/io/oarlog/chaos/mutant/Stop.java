package io.oarlog.chaos.mutant;

/** What the agent has to say, and the end of a JVM in which a mutant would silently do nothing. */
final class Stop {
    private static final int EXIT_CODE = 86;

    private Stop() {}

    static void say(String line) {
        System.err.println("oarlog-mutants: " + line);
    }

    /**
     * Ends the JVM without its shutdown hooks: this thread may hold the lock of a class that is being loaded.
     *
     * @return never
     */
    static AssertionError now(String reason) {
        say(reason);
        Runtime.getRuntime().halt(EXIT_CODE);
        return new AssertionError(reason);
    }
}
