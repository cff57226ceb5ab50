package io.oarlog.client;

/** What a broker's answer says of a batch. */
enum ProduceVerdict {
    STORED,
    /** Not stored by this attempt; it may go better later. */
    NOT_STORED_YET,
    /** The attempt may have been stored all the same: leadership was lost with the batch in flight, or time ran out. */
    UNCERTAIN,
    /** Not stored by this attempt: a batch before it is missing. */
    OUT_OF_ORDER,
    /** Not stored by this attempt: the broker does not take this producer id and epoch any more. */
    IDENTITY_REFUSED,
    /** Not stored; smaller batches may be. */
    TOO_LARGE,
    /** Not stored, and it would not be the next time. */
    REJECTED;

    static ProduceVerdict of(WireError error) {
        return switch (error) {
            case NONE, DUPLICATE_SEQUENCE_NUMBER -> STORED;
            case NOT_ENOUGH_REPLICAS,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    LEADER_NOT_AVAILABLE,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    THROTTLING_QUOTA_EXCEEDED -> NOT_STORED_YET;
            case OUT_OF_ORDER_SEQUENCE_NUMBER -> OUT_OF_ORDER;
            case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_ID_MAPPING ->
                IDENTITY_REFUSED;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> TOO_LARGE;
            case CORRUPT_MESSAGE,
                    INVALID_RECORD,
                    INVALID_TIMESTAMP,
                    INVALID_REQUIRED_ACKS,
                    INVALID_REQUEST,
                    INVALID_TOPIC_EXCEPTION,
                    TOPIC_AUTHORIZATION_FAILED,
                    CLUSTER_AUTHORIZATION_FAILED,
                    TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    UNSUPPORTED_COMPRESSION_TYPE,
                    UNSUPPORTED_VERSION,
                    POLICY_VIOLATION -> REJECTED;
            // Above all NOT_LEADER_OR_FOLLOWER, which also answers batches that a deposed leader had already passed on
            // to its successor, and whatever we do not know.
            default -> UNCERTAIN;
        };
    }
}
