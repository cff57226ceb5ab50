package io.oarlog.server;

import io.oarlog.raft.RaftAddress;
import java.util.Properties;
import java.util.TreeSet;

/** The file's keys; remembers which were asked for, so that the others can be refused. */
final class SettingKeys {
    private final Properties properties;
    private final TreeSet<String> known = new TreeSet<>();

    SettingKeys(Properties properties) {
        this.properties = properties;
    }

    String required(String key) {
        known.add(key);
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new InvalidSettingException(key + ": missing; every broker needs it");
        }
        return value.strip();
    }

    String optional(String key, String fallback) {
        known.add(key);
        return properties.getProperty(key, fallback).strip();
    }

    boolean truth(String key, boolean fallback) {
        String value = optional(key, Boolean.toString(fallback));
        if (!value.equals("true") && !value.equals("false")) {
            throw new InvalidSettingException(key + "=" + value + ": must be true or false");
        }
        return value.equals("true");
    }

    int integer(String key, String value, int min, int max) {
        return (int) number(key, value, min, max);
    }

    /** A key that need not be there. */
    long number(String key, long min, long max, long fallback) {
        return number(key, optional(key, Long.toString(fallback)), min, max);
    }

    long number(String key, String value, long min, long max) {
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new InvalidSettingException(key + "=" + value + ": not a whole number", e);
        }
        throw new InvalidSettingException(key + "=" + value + ": must be in " + min + ".." + max);
    }

    void refuseUnknown() {
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            if (!known.contains(key)) {
                throw new InvalidSettingException(key + ": unknown; known are " + known);
            }
        }
    }

    /** @throws InvalidSettingException naming the key */
    static RaftAddress address(String key, String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                return new RaftAddress(
                        text.substring(0, colon).strip(),
                        Integer.parseInt(text.substring(colon + 1).strip()));
            }
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(key + ": '" + text + "' is not HOST:PORT: " + e.getMessage(), e);
        }
        throw new InvalidSettingException(key + ": '" + text + "' is not HOST:PORT");
    }
}
