package io.oarlog.metadata;

/** How creating or deleting a topic ended. */
public sealed interface TopicOutcome {
    record Done(Topic topic) implements TopicOutcome {}

    record AlreadyExists(String name) implements TopicOutcome {}

    record Unknown(String name) implements TopicOutcome {}

    /** The request breaks a rule; {@code reason} says which, for the user. */
    record Invalid(Rule rule, String reason) implements TopicOutcome {}

    /** What an invalid request broke. */
    enum Rule {
        NAME,
        PARTITIONS,
        REPLICATION_FACTOR,
        ASSIGNMENT,
        /** A move was to be cancelled where none is under way. */
        NO_MOVE,
        CONFIG,
        /** A node cannot host so many replicas. */
        CAPACITY
    }
}
