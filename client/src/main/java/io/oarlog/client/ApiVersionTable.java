package io.oarlog.client;

import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Which version of each API to speak with one broker: the highest that both sides know. Immutable.
 *
 * <p>Some stop at the last version that names topics by name; later ones want topic ids and bring nothing that this
 * client uses.
 */
final class ApiVersionTable {
    private static final Map<ApiKeys, Short> LAST_VERSION_WITH_TOPIC_NAMES = Map.of(
            ApiKeys.PRODUCE, (short) 12,
            ApiKeys.FETCH, (short) 12,
            ApiKeys.OFFSET_COMMIT, (short) 9,
            ApiKeys.OFFSET_FETCH, (short) 9);

    private final Map<ApiKeys, Short> versions = new EnumMap<>(ApiKeys.class);

    ApiVersionTable(ApiVersionCollection theirs) {
        for (ApiVersion their : theirs) {
            if (ApiKeys.hasId(their.apiKey())) {
                ApiKeys api = ApiKeys.forId(their.apiKey());
                int version = Math.min(their.maxVersion(), ourLatest(api));
                if (version >= Math.max(their.minVersion(), api.oldestVersion())) {
                    versions.put(api, (short) version);
                }
            }
        }
    }

    private static short ourLatest(ApiKeys api) {
        short latest = api.latestVersion();
        return (short) Math.min(latest, LAST_VERSION_WITH_TOPIC_NAMES.getOrDefault(api, latest));
    }

    boolean knows(ApiKeys api) {
        return versions.containsKey(api);
    }

    /** @throws UnsupportedApiException when there is no common version */
    short version(ApiKeys api) {
        Short version = versions.get(api);
        if (version == null) {
            throw new UnsupportedApiException("the broker and this client have no version of " + api + " in common");
        }
        return version;
    }
}
