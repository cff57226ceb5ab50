package io.oarlog.server.api;

import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** Which versions of which APIs are served: what is advertised, and what is let in. Immutable. */
final class ApiVersionsTable {
    /** Inclusive on both ends. */
    private record Range(short min, short max) {}

    private final Map<ApiKeys, Range> ranges = new EnumMap<>(ApiKeys.class);

    ApiVersionsTable() {
        add(ApiKeys.PRODUCE, 13);
        // 18 is for replicas only.
        add(ApiKeys.FETCH, 17);
        add(ApiKeys.LIST_OFFSETS, 11);
        add(ApiKeys.METADATA, 13);
        add(ApiKeys.API_VERSIONS, 4);
        add(ApiKeys.CREATE_TOPICS, 7);
        add(ApiKeys.DELETE_TOPICS, 6);
        add(ApiKeys.DELETE_RECORDS, 2);
        add(ApiKeys.INIT_PRODUCER_ID, 5);
        add(ApiKeys.DESCRIBE_CONFIGS, 4);
        add(ApiKeys.DESCRIBE_CLUSTER, 2);
        add(ApiKeys.CREATE_PARTITIONS, 3);
        add(ApiKeys.ALTER_CONFIGS, 2);
        add(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1);
        add(ApiKeys.DESCRIBE_LOG_DIRS, 5);
        add(ApiKeys.ELECT_LEADERS, 2);
        add(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, 1);
        add(ApiKeys.LIST_PARTITION_REASSIGNMENTS, 0);
        add(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 4);
        add(ApiKeys.DESCRIBE_PRODUCERS, 0);
        add(ApiKeys.DESCRIBE_QUORUM, 2);
        add(ApiKeys.REMOVE_RAFT_VOTER, 0);
        add(ApiKeys.FIND_COORDINATOR, 6);
        add(ApiKeys.JOIN_GROUP, 9);
        add(ApiKeys.SYNC_GROUP, 5);
        add(ApiKeys.HEARTBEAT, 4);
        add(ApiKeys.LEAVE_GROUP, 5);
        add(ApiKeys.OFFSET_COMMIT, 10);
        add(ApiKeys.OFFSET_FETCH, 10);
        add(ApiKeys.OFFSET_DELETE, 0);
        add(ApiKeys.LIST_GROUPS, 5);
        add(ApiKeys.DESCRIBE_GROUPS, 6);
        add(ApiKeys.DELETE_GROUPS, 3);
        add(ApiKeys.CONSUMER_GROUP_HEARTBEAT, 1);
        add(ApiKeys.CONSUMER_GROUP_DESCRIBE, 1);
    }

    /** Serves from the codec's oldest version to {@code max}, or to the codec's newest if that is lower. */
    private void add(ApiKeys api, int max) {
        ranges.put(api, new Range(api.oldestVersion(), (short) Math.min(max, api.latestVersion())));
    }

    boolean serves(ApiKeys api, short version) {
        Range range = ranges.get(api);
        return range != null && version >= range.min() && version <= range.max();
    }

    java.util.Set<ApiKeys> apis() {
        return ranges.keySet();
    }

    ApiVersionsResponse response(Errors error) {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setErrorCode(error.code());
        ranges.forEach((api, range) -> data.apiKeys()
                .add(new ApiVersion()
                        .setApiKey(api.id)
                        .setMinVersion(advertisedMin(api, range))
                        .setMaxVersion(range.max())));
        return new ApiVersionsResponse(data);
    }

    /** librdkafka up to 2.8 takes a broker without Produce v0 for one without compression (KAFKA-18659). */
    private static short advertisedMin(ApiKeys api, Range range) {
        return api == ApiKeys.PRODUCE ? ApiKeys.PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION : range.min();
    }
}
