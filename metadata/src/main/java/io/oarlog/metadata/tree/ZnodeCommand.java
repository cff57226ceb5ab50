package io.oarlog.metadata.tree;

import java.util.List;
import java.util.Objects;

/**
 * A change of the tree. Immutable. Paths are not checked here: a command with a bad path is a valid command with the
 * result {@link ZnodeError#INVALID_PATH}.
 */
public sealed interface ZnodeCommand {
    /** Stands for any version in commands that expect one. */
    int ANY_VERSION = -1;

    /** A command that may be part of a {@link Multi}. */
    sealed interface Operation extends ZnodeCommand {
        String path();
    }

    /**
     * Creates a znode below an existing persistent one.
     *
     * @param path of a sequential znode: without the number, may end with a slash
     * @param sessionId owner of an ephemeral znode, 0 otherwise
     */
    record Create(String path, ZnodeData data, CreateMode mode, long sessionId) implements Operation {
        public Create {
            Objects.requireNonNull(path);
            Objects.requireNonNull(data);
            if (mode.isEphemeral() == (sessionId == 0)) {
                throw new IllegalArgumentException(mode + " with session " + sessionId);
            }
        }

        public static Create persistent(String path, ZnodeData data) {
            return new Create(path, data, CreateMode.PERSISTENT, 0);
        }

        public static Create ephemeral(String path, ZnodeData data, long sessionId) {
            return new Create(path, data, CreateMode.EPHEMERAL, sessionId);
        }
    }

    /** Replaces a znode's data if the version is the expected one. */
    record SetData(String path, ZnodeData data, int expectedVersion) implements Operation {
        public SetData {
            Objects.requireNonNull(path);
            Objects.requireNonNull(data);
        }
    }

    /** Deletes a znode without children if the version is the expected one. */
    record Delete(String path, int expectedVersion) implements Operation {
        public Delete {
            Objects.requireNonNull(path);
        }
    }

    /** Changes nothing; fails when the znode is not there or its version is not the expected one. */
    record Check(String path, int expectedVersion) implements Operation {
        public Check {
            Objects.requireNonNull(path);
        }
    }

    /**
     * Changes nothing; fails when the znode is not there or is not the one created by {@code czxid}. ZooKeeper has no such
     * operation: with versions alone a znode cannot be told from a later one of the same path.
     */
    record CheckSame(String path, long czxid) implements Operation {
        public CheckSame {
            Objects.requireNonNull(path);
        }
    }

    /** All operations in order under one zxid, or none of them. */
    record Multi(List<Operation> operations) implements ZnodeCommand {
        public Multi {
            operations = List.copyOf(operations);
            if (operations.size() > CommandCodec.MAX_OPERATIONS) {
                throw new IllegalArgumentException(
                        operations.size() + " operations, at most " + CommandCodec.MAX_OPERATIONS);
            }
        }
    }

    /**
     * Begins a session. Done again it only sets the timeout.
     *
     * @param sessionId chosen at random by the caller, not 0
     * @param timeoutMillis silence after which the leader may expire it
     */
    record CreateSession(long sessionId, int timeoutMillis) implements ZnodeCommand {
        public CreateSession {
            if (sessionId == 0 || timeoutMillis <= 0) {
                throw new IllegalArgumentException("session " + sessionId + " with timeout " + timeoutMillis);
            }
        }
    }

    /** Ends a session and deletes its ephemeral znodes. */
    record CloseSession(long sessionId) implements ZnodeCommand {}

    /** Ends those of the sessions that still exist, with their ephemeral znodes. */
    record ExpireSessions(List<Long> sessionIds) implements ZnodeCommand {
        public ExpireSessions {
            sessionIds = List.copyOf(sessionIds);
        }
    }

    /** Changes nothing: its zxid is a place in the order of changes. */
    record Sync() implements ZnodeCommand {}
}
