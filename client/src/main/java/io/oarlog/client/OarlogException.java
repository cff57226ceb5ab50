package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/** Root of what this client throws; the subclasses are told apart by what the caller can do. */
public abstract sealed class OarlogException extends RuntimeException
        permits BrokerUnavailableException,
                CorruptRecordException,
                InvalidRequestException,
                MembershipLostException,
                MissingCodecException,
                NotSentException,
                OffsetOutOfRangeException,
                RejectedRecordException,
                TopicExistsException,
                UnknownOutcomeException,
                UnknownTopicException {
    OarlogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
