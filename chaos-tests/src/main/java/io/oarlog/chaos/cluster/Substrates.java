package io.oarlog.chaos.cluster;

import java.util.Optional;

/** Substrates by their names: {@code local}, {@code netns}, {@code docker}. */
public final class Substrates {
    private Substrates() {}

    /** Why a substrate cannot be used on this machine, and what to do; empty when it can. */
    public static Optional<String> lack(String name) {
        return switch (name) {
            case "local" -> Optional.empty();
            case "netns" -> NetnsSubstrate.lack();
            case "docker" -> DockerSubstrate.lack();
            default -> Optional.of("there is no substrate " + name + ": local, netns, docker");
        };
    }

    static Substrate of(String name, ClusterSpec spec, UndoJournal journal, ClockFiles clocks) {
        lack(name).ifPresent(reason -> {
            throw new ToolFailedException(reason);
        });
        return switch (name) {
            case "netns" -> new NetnsSubstrate(spec, journal, clocks);
            case "docker" -> new DockerSubstrate(spec, journal, clocks);
            default -> new LocalSubstrate(spec, journal, clocks);
        };
    }
}
