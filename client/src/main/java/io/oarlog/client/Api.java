package io.oarlog.client;

import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * The APIs that this client speaks. Kafka's own table names every message there is: to load it takes longer than to send
 * the first record, and a client that holds all of them is not small.
 *
 * <p>Some stop at the last version that names topics by name; later ones want topic ids and bring nothing that this
 * client uses.
 */
enum Api {
    PRODUCE(0, Versions.LAST_PRODUCE_WITH_NAMES, 9),
    FETCH(1, Versions.LAST_FETCH_WITH_NAMES, 12),
    LIST_OFFSETS(2, ListOffsetsRequestData.HIGHEST_SUPPORTED_VERSION, 6),
    METADATA(3, MetadataRequestData.HIGHEST_SUPPORTED_VERSION, 9),
    OFFSET_COMMIT(8, Versions.LAST_OFFSETS_WITH_NAMES, 8),
    OFFSET_FETCH(9, Versions.LAST_OFFSETS_WITH_NAMES, 6),
    FIND_COORDINATOR(10, FindCoordinatorRequestData.HIGHEST_SUPPORTED_VERSION, 3),
    API_VERSIONS(18, ApiVersionsRequestData.HIGHEST_SUPPORTED_VERSION, 3),
    CREATE_TOPICS(19, CreateTopicsRequestData.HIGHEST_SUPPORTED_VERSION, 5),
    DELETE_TOPICS(20, DeleteTopicsRequestData.HIGHEST_SUPPORTED_VERSION, 4),
    DELETE_RECORDS(21, DeleteRecordsRequestData.HIGHEST_SUPPORTED_VERSION, 2),
    INIT_PRODUCER_ID(22, InitProducerIdRequestData.HIGHEST_SUPPORTED_VERSION, 2),
    CONSUMER_GROUP_HEARTBEAT(68, ConsumerGroupHeartbeatRequestData.HIGHEST_SUPPORTED_VERSION, 0);

    /** Constants of another class, because an enum's own come after its values. */
    private static final class Versions {
        private static final short LAST_PRODUCE_WITH_NAMES = 12;
        private static final short LAST_FETCH_WITH_NAMES = 12;
        private static final short LAST_OFFSETS_WITH_NAMES = 9;
    }

    private final short id;
    private final short latestVersion;
    private final int firstFlexibleVersion;

    /** @param firstFlexibleVersion from which on messages and headers have tagged fields (KIP-482) */
    Api(int id, short latestVersion, int firstFlexibleVersion) {
        this.id = (short) id;
        this.latestVersion = latestVersion;
        this.firstFlexibleVersion = firstFlexibleVersion;
    }

    /** Null for an API that this client does not speak. */
    static @Nullable Api withId(short id) {
        for (Api api : values()) {
            if (api.id == id) {
                return api;
            }
        }
        return null;
    }

    short id() {
        return id;
    }

    /** The latest version that this client speaks. */
    short latestVersion() {
        return latestVersion;
    }

    short requestHeaderVersion(short version) {
        return (short) (version >= firstFlexibleVersion ? 2 : 1);
    }

    /** The answer to ApiVersions comes with the first header always: its sender does not know yet what we understand. */
    short responseHeaderVersion(short version) {
        return (short) (version >= firstFlexibleVersion && this != API_VERSIONS ? 1 : 0);
    }

    /** An answer to be read into. */
    ApiMessage newAnswer() {
        return switch (this) {
            case PRODUCE -> new ProduceResponseData();
            case FETCH -> new FetchResponseData();
            case LIST_OFFSETS -> new ListOffsetsResponseData();
            case METADATA -> new MetadataResponseData();
            case OFFSET_COMMIT -> new OffsetCommitResponseData();
            case OFFSET_FETCH -> new OffsetFetchResponseData();
            case FIND_COORDINATOR -> new FindCoordinatorResponseData();
            case API_VERSIONS -> new ApiVersionsResponseData();
            case CREATE_TOPICS -> new CreateTopicsResponseData();
            case DELETE_TOPICS -> new DeleteTopicsResponseData();
            case DELETE_RECORDS -> new DeleteRecordsResponseData();
            case INIT_PRODUCER_ID -> new InitProducerIdResponseData();
            case CONSUMER_GROUP_HEARTBEAT -> new ConsumerGroupHeartbeatResponseData();
        };
    }
}
