package io.oarlog.server.api;

import java.util.Map;

/**
 * What the handlers need to know of the broker. Immutable.
 *
 * @param topics which settings topics can have
 * @param maxFetchBytes bound on the record bytes of one answer, whatever the client allows
 * @param defaultReplicationFactor of topics that do not say
 * @param brokerConfigs the broker's settings as they are shown to clients
 */
public record ApiSettings(
        int nodeId,
        TopicSettings topics,
        int maxFetchBytes,
        int defaultReplicationFactor,
        Map<String, String> brokerConfigs) {
    public ApiSettings {
        brokerConfigs = Map.copyOf(brokerConfigs);
    }
}
