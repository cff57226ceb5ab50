package io.oarlog.client;

import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;

/**
 * Which version of each API to speak with one broker: the highest that both sides know. Immutable.
 */
final class ApiVersionTable {
    private final Map<Api, Short> versions = new EnumMap<>(Api.class);

    ApiVersionTable(ApiVersionCollection theirs) {
        for (ApiVersion their : theirs) {
            Api api = Api.withId(their.apiKey());
            if (api != null) {
                int version = Math.min(their.maxVersion(), api.latestVersion());
                if (version >= their.minVersion()) {
                    versions.put(api, (short) version);
                }
            }
        }
    }

    boolean knows(Api api) {
        return versions.containsKey(api);
    }

    /** @throws UnsupportedApiException when there is no common version */
    short version(Api api) {
        Short version = versions.get(api);
        if (version == null) {
            throw new UnsupportedApiException("the broker and this client have no version of " + api + " in common");
        }
        return version;
    }
}
