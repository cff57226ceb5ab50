package io.oarlog.server.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A broker's settings as environment variables, as containers are given them: {@code OARLOG_CLUSTER_NODES} is {@code cluster.nodes}.
 *
 * <p>What begins with {@code OARLOG_} and is no setting becomes an unknown key, which stops the start: a typing error is not passed over. Not
 * those that say something to others, nor those that Kubernetes adds for a service of the name oarlog.
 */
final class EnvironmentSettings {
    private static final String PREFIX = "OARLOG_";
    /** Of the commands that are clients, and of the image. */
    private static final Set<String> OTHERS =
            Set.of("OARLOG_BOOTSTRAP", "OARLOG_PROFILE", "OARLOG_PROFILES", "OARLOG_JAVA_OPTIONS");

    private static final Pattern SERVICE_ADDRESS = Pattern.compile(
            "OARLOG_(\\w+_)?(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT|PORT_\\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)");

    private EnvironmentSettings() {}

    /** The settings, by key; a variable without a value is none. */
    static Map<String, String> of(Map<String, String> environment) {
        Map<String, String> settings = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (isSetting(name) && !value.isBlank()) {
                settings.put(key(name), value);
            }
        });
        return settings;
    }

    private static boolean isSetting(String name) {
        return name.startsWith(PREFIX)
                && !OTHERS.contains(name)
                && !SERVICE_ADDRESS.matcher(name).matches();
    }

    private static String key(String name) {
        return name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
