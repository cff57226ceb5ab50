package io.oarlog.chaos.mutant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A JVM with the agent, which ends by itself. */
final class MutantJvm {
    private static final long LIMIT_SECONDS = 60;

    private final Path agent;
    private final String classPath;
    private final Path directory;

    /**
     * @param agent jar of the agent
     * @param directory for its files
     */
    MutantJvm(Path agent, String classPath, Path directory) {
        this.agent = agent;
        this.classPath = classPath;
        this.directory = directory;
    }

    /** How a JVM ended. */
    record Ended(int exitCode, String stdout, String stderr) {}

    /** One with this JVM's class path and an agent of the classes that are on it: the jar proper is made after the tests. */
    static MutantJvm ofClassPath(Path directory) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", MutantAgent.class.getName());
        Path agent = directory.resolve("agent.jar");
        new JarOutputStream(Files.newOutputStream(agent), manifest).close();
        return new MutantJvm(agent, System.getProperty("java.class.path"), directory);
    }

    /** What a probe sees in a JVM with that mutant. */
    String observe(String mutant, Class<? extends Probe> probe) throws IOException, InterruptedException {
        Path observed = directory.resolve("observed");
        Path work = Files.createDirectory(directory.resolve("work"));
        Ended ended = run(mutant, ProbeMain.class, probe.getName(), work.toString(), observed.toString());
        if (ended.exitCode() != 0) {
            throw new AssertionError(ended);
        }
        return Files.readString(observed);
    }

    Ended run(String mutant, Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-javaagent:" + agent + "=" + mutant,
                "-cp",
                classPath,
                main.getName()));
        command.addAll(List.of(arguments));
        Path stdout = directory.resolve("stdout");
        Path stderr = directory.resolve("stderr");
        Process process = new ProcessBuilder(command)
                .redirectOutput(stdout.toFile())
                .redirectError(stderr.toFile())
                .start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(command + " did not end");
            }
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
    }
}
