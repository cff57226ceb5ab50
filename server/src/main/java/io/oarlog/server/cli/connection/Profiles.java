package io.oarlog.server.cli.connection;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Clusters by name, from a file of properties: {@code <name>.bootstrap=host:port,host:port}. The profile {@code default} is taken
 * when none is named. Immutable.
 */
final class Profiles {
    private static final String DEFAULT = "default";
    private static final String BOOTSTRAP = ".bootstrap";
    private static final String LOCAL = "127.0.0.1:9092";

    private final Path file;
    private final Properties properties;

    private Profiles(Path file, Properties properties) {
        this.file = file;
        this.properties = properties;
    }

    /** Where the file is, by the rules for users' settings of the XDG base directories. */
    static Path file(Map<String, String> environment) {
        String named = environment.get("OARLOG_PROFILES");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        String base = environment.get("XDG_CONFIG_HOME");
        Path directory = base == null || base.isEmpty()
                ? Path.of(System.getProperty("user.home", ""), ".config")
                : Path.of(base);
        return directory.resolve("oarlog").resolve("profiles.properties");
    }

    /**
     * What the file says; nothing when there is none.
     *
     * @throws CommandFailedException when it is no file of properties
     */
    static Profiles load(Path file) {
        Properties properties = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (IllegalArgumentException e) {
                throw new CommandFailedException(file + " is no file of properties: " + e.getMessage(), e);
            }
        }
        return new Profiles(file, properties);
    }

    /**
     * The brokers to ask first: those that are given, of the profile that is given, of the environment (OARLOG_BOOTSTRAP, then
     * OARLOG_PROFILE), of the default profile, or those that run on this machine.
     *
     * @throws CommandFailedException when there is no profile of that name
     */
    String servers(@Nullable String given, @Nullable String profile, Map<String, String> environment) {
        if (given != null) {
            return given;
        } else if (profile != null) {
            return bootstrap(profile);
        }
        String servers = environment.get("OARLOG_BOOTSTRAP");
        if (servers != null && !servers.isEmpty()) {
            return servers;
        }
        String named = environment.get("OARLOG_PROFILE");
        return named != null && !named.isEmpty()
                ? bootstrap(named)
                : properties.getProperty(DEFAULT + BOOTSTRAP, LOCAL);
    }

    private String bootstrap(String profile) {
        String servers = properties.getProperty(profile + BOOTSTRAP);
        if (servers == null) {
            String known = new TreeSet<>(properties.stringPropertyNames())
                    .stream()
                            .filter(key -> key.endsWith(BOOTSTRAP))
                            .map(key -> key.substring(0, key.length() - BOOTSTRAP.length()))
                            .collect(Collectors.joining(", "));
            throw new CommandFailedException("there is no profile '" + profile + "' in " + file
                    + (known.isEmpty() ? "" : ", only " + known) + "; add a line: " + profile + BOOTSTRAP
                    + "=HOST:PORT");
        }
        return servers;
    }
}
