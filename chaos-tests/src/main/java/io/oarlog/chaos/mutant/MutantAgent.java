package io.oarlog.chaos.mutant;

import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/**
 * Makes a node a mutant: {@code java -javaagent:oarlog-mutants.jar=NAME ...}. It says on stderr, in one line, that it is
 * active. A JVM in which the mutant cannot be made ends instead, also in one line.
 */
public final class MutantAgent {
    private MutantAgent() {}

    /**
     * Called by the JVM before the node's main method.
     *
     * @param name of the mutant: what stands behind {@code =} on the command line
     */
    public static void premain(@Nullable String name, Instrumentation instrumentation) {
        Mutant mutant = Mutant.named(String.valueOf(name))
                .orElseThrow(() -> Stop.now("there is no mutant " + name + "; there are " + Mutant.names()));
        new Installation(mutant).into(instrumentation);
        Stop.say("this node is broken on purpose: " + mutant.label() + ": " + mutant.description());
    }
}
