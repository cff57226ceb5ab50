package io.oarlog.server.api;

import io.oarlog.log.InvalidBatchException;
import io.oarlog.metadata.TopicOutcome;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.AppendOutcome;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From our outcomes to Kafka's error codes: the only place. */
final class ErrorMapping {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorMapping.class);

    private ErrorMapping() {}

    static Errors of(InvalidBatchException e) {
        return switch (e.reason()) {
            case CORRUPT -> Errors.CORRUPT_MESSAGE;
            case UNSUPPORTED_MAGIC -> Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT;
            case TOO_LARGE -> Errors.MESSAGE_TOO_LARGE;
            case INVALID -> Errors.INVALID_RECORD;
        };
    }

    /** NONE for what was appended. */
    static ApiError of(AppendOutcome outcome) {
        if (outcome instanceof AppendOutcome.Appended) {
            return ApiError.NONE;
        } else if (outcome instanceof AppendOutcome.NotLeader) {
            return new ApiError(Errors.NOT_LEADER_OR_FOLLOWER);
        } else if (outcome instanceof AppendOutcome.Unknown unknown) {
            // As Kafka answers when leadership is lost with the write in flight: the client tries again at the new
            // leader, where an idempotent batch that was stored is recognised.
            return new ApiError(Errors.NOT_LEADER_OR_FOLLOWER, unknown.reason());
        } else if (outcome instanceof AppendOutcome.OutOfOrderSequence sequence) {
            return new ApiError(
                    Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "expected sequence " + sequence.expected() + ", found " + sequence.found());
        } else if (outcome instanceof AppendOutcome.ProducerFenced fenced) {
            return new ApiError(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "epoch " + fenced.found() + " is older than " + fenced.currentEpoch());
        } else if (outcome instanceof AppendOutcome.Busy) {
            // Retriable for every client, and true: the replicas cannot take more at the moment.
            return new ApiError(Errors.NOT_ENOUGH_REPLICAS, "too much waits at this partition; try again");
        } else if (outcome instanceof AppendOutcome.OutOfSpace outOfSpace) {
            // Clients try again, and it may pass: space comes back.
            return new ApiError(Errors.KAFKA_STORAGE_ERROR, outOfSpace.reason());
        } else if (outcome instanceof AppendOutcome.Fenced fenced) {
            return new ApiError(Errors.KAFKA_STORAGE_ERROR, fenced.reason());
        }
        throw new AssertionError(outcome);
    }

    /** NONE when the log's start was moved. */
    static Errors of(AdvanceOutcome outcome) {
        if (outcome instanceof AdvanceOutcome.Advanced) {
            return Errors.NONE;
        } else if (outcome instanceof AdvanceOutcome.BeyondHighWatermark) {
            return Errors.OFFSET_OUT_OF_RANGE;
        } else if (outcome instanceof AdvanceOutcome.NotLeader || outcome instanceof AdvanceOutcome.Unknown) {
            // Asked again, the next leader does it if the last one has not.
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        throw new AssertionError(outcome);
    }

    /** NONE for what was done. */
    static ApiError of(TopicOutcome outcome) {
        if (outcome instanceof TopicOutcome.Done) {
            return ApiError.NONE;
        } else if (outcome instanceof TopicOutcome.AlreadyExists exists) {
            return new ApiError(Errors.TOPIC_ALREADY_EXISTS, "topic '" + exists.name() + "' already exists");
        } else if (outcome instanceof TopicOutcome.Unknown unknown) {
            return new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic '" + unknown.name() + "'");
        } else if (outcome instanceof TopicOutcome.Invalid invalid) {
            return new ApiError(
                    switch (invalid.rule()) {
                        case NAME -> Errors.INVALID_TOPIC_EXCEPTION;
                        case PARTITIONS -> Errors.INVALID_PARTITIONS;
                        case REPLICATION_FACTOR -> Errors.INVALID_REPLICATION_FACTOR;
                        case ASSIGNMENT -> Errors.INVALID_REPLICA_ASSIGNMENT;
                        case NO_MOVE -> Errors.NO_REASSIGNMENT_IN_PROGRESS;
                        case CONFIG -> Errors.INVALID_CONFIG;
                        case CAPACITY -> Errors.POLICY_VIOLATION;
                    },
                    invalid.reason());
        }
        throw new AssertionError(outcome);
    }

    /** As {@link #of(TopicOutcome)}, of one partition, which may not be there. */
    static ApiError ofPartition(TopicOutcome outcome) {
        return outcome instanceof TopicOutcome.Invalid invalid && invalid.rule() == TopicOutcome.Rule.PARTITIONS
                ? new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, invalid.reason())
                : of(outcome);
    }

    /** A failure that has a code of its own; empty for what nobody expected. */
    static Optional<ApiError> of(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return Optional.of(new ApiError(Errors.REQUEST_TIMED_OUT, cause.getMessage()));
        }
        return Optional.empty();
    }

    /** As {@link #of(Throwable)}; what nobody expected is logged and becomes an unknown server error. */
    static ApiError orLogged(Throwable failure, String what) {
        return of(failure).orElseGet(() -> {
            LOG.atError().setCause(failure).log(what);
            return new ApiError(Errors.UNKNOWN_SERVER_ERROR);
        });
    }
}
