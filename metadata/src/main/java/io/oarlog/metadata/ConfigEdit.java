package io.oarlog.metadata;

import java.util.Map;

/** What is to become of a topic's configs. */
public sealed interface ConfigEdit {
    /** All configs that the topic has from now on. */
    record Changed(Map<String, String> configs) implements ConfigEdit {
        public Changed {
            configs = Map.copyOf(configs);
        }
    }

    /** They stay as they are; {@code reason} says why, for the user. */
    record Refused(String reason) implements ConfigEdit {}
}
