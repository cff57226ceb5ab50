package io.oarlog.chaos.mutant;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a probe in a JVM of its own: its class, its directory, and the file for what it has seen. */
final class ProbeMain {
    private ProbeMain() {}

    public static void main(String[] arguments) throws Exception {
        Probe probe = Class.forName(arguments[0])
                .asSubclass(Probe.class)
                .getDeclaredConstructor()
                .newInstance();
        String observed = probe.observe(Path.of(arguments[1]));
        Files.write(Path.of(arguments[2]), observed.getBytes(StandardCharsets.UTF_8));
    }
}
