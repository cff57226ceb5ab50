package io.oarlog.metadata.tree;

/** One change that a command made. Immutable. */
public record ZnodeEvent(Kind kind, String path) {
    /** What changed. */
    public enum Kind {
        CREATED,
        DATA_CHANGED,
        DELETED,
        /** A child of the path was created or deleted. */
        CHILDREN_CHANGED
    }
}
