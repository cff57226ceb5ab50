package io.oarlog.server.api;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the handlers need to know of the broker. Immutable.
 *
 * @param dataDirectory where its replicas lie
 * @param topics which settings topics can have
 * @param maxFetchBytes bound on the record bytes of one answer, whatever the client allows
 * @param defaultReplicationFactor of topics that do not say
 * @param createsTopics whether a topic that a client asks for is created
 * @param brokerConfigs the broker's settings as they are shown to clients
 */
public record ApiSettings(
        int nodeId,
        Path dataDirectory,
        TopicSettings topics,
        int maxFetchBytes,
        int defaultReplicationFactor,
        boolean createsTopics,
        Map<String, String> brokerConfigs) {
    public ApiSettings {
        brokerConfigs = Map.copyOf(brokerConfigs);
    }
}
