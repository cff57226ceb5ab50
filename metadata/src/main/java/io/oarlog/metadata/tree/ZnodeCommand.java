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

    /** A command that a client may ask for, see {@link ClientRequest}. */
    sealed interface Requestable extends ZnodeCommand {}

    /**
     * Creates a znode below an existing one that is not ephemeral.
     *
     * @param path of a sequential znode: without the number, may end with a slash
     * @param acl when it is empty the result is {@link ZnodeError#INVALID_ACL}
     * @param sessionId owner of an ephemeral znode, 0 otherwise
     */
    record Create(String path, ZnodeData data, List<Acl> acl, CreateMode mode, long sessionId)
            implements Operation, Requestable {
        public Create {
            Objects.requireNonNull(path);
            Objects.requireNonNull(data);
            acl = List.copyOf(acl);
            if (mode.isEphemeral() == (sessionId == 0)) {
                throw new IllegalArgumentException(mode + " with session " + sessionId);
            }
        }

        /** Of a znode that anyone may read. */
        public static Create persistent(String path, ZnodeData data) {
            return new Create(path, data, Acl.ANYONE_READS, CreateMode.PERSISTENT, 0);
        }

        /** Of a znode that anyone may read. */
        public static Create ephemeral(String path, ZnodeData data, long sessionId) {
            return new Create(path, data, Acl.ANYONE_READS, CreateMode.EPHEMERAL, sessionId);
        }
    }

    /** Replaces a znode's data if the version is the expected one. */
    record SetData(String path, ZnodeData data, int expectedVersion) implements Operation, Requestable {
        public SetData {
            Objects.requireNonNull(path);
            Objects.requireNonNull(data);
        }
    }

    /**
     * Replaces a znode's access list if its own version is the expected one.
     *
     * @param acl when it is empty the result is {@link ZnodeError#INVALID_ACL}
     */
    record SetAcl(String path, List<Acl> acl, int expectedAversion) implements Operation, Requestable {
        public SetAcl {
            Objects.requireNonNull(path);
            acl = List.copyOf(acl);
        }
    }

    /** Deletes a znode without children if the version is the expected one. */
    record Delete(String path, int expectedVersion) implements Operation, Requestable {
        public Delete {
            Objects.requireNonNull(path);
        }
    }

    /** Deletes a container that had children and has none any more; another znode stays, with {@link ZnodeError#BAD_VERSION}. */
    record DeleteContainer(String path) implements ZnodeCommand {
        public DeleteContainer {
            Objects.requireNonNull(path);
        }
    }

    /** Changes nothing; fails when the znode is not there or its version is not the expected one. */
    record Check(String path, int expectedVersion) implements Operation, Requestable {
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
    record Multi(List<Operation> operations) implements Requestable {
        public Multi {
            operations = List.copyOf(operations);
            if (operations.size() > CommandCodec.MAX_OPERATIONS) {
                throw new IllegalArgumentException(
                        operations.size() + " operations, at most " + CommandCodec.MAX_OPERATIONS);
            }
        }
    }

    /**
     * What a client asks for: done only if the session belongs to the command's origin, and checked against access lists,
     * which commands of brokers are not. What only brokers may change stays with {@link ZnodeError#NO_AUTH}.
     *
     * @param identities those that the client proved; that it is {@link Identity#ANYONE} goes without saying
     * @param enforcesQuotas whether a hard limit of a quota refuses it, with {@link ZnodeError#QUOTA_EXCEEDED}
     * @param request an ephemeral znode in it belongs to the session
     */
    record ClientRequest(long sessionId, List<Identity> identities, boolean enforcesQuotas, Requestable request)
            implements ZnodeCommand {
        /** One that no quota refuses, as is ZooKeeper's default. */
        public ClientRequest(long sessionId, List<Identity> identities, Requestable request) {
            this(sessionId, identities, false, request);
        }

        public ClientRequest {
            identities = List.copyOf(identities);
            if (request instanceof Multi multi) {
                multi.operations().forEach(operation -> requireAllowed(sessionId, operation));
            } else {
                requireAllowed(sessionId, request);
            }
        }

        private static void requireAllowed(long sessionId, ZnodeCommand request) {
            boolean createsForAnother =
                    request instanceof Create create && create.mode().isEphemeral() && create.sessionId() != sessionId;
            boolean closesAnother = request instanceof CloseSession close && close.sessionId() != sessionId;
            if (createsForAnother || closesAnother || !(request instanceof Requestable)) {
                throw new IllegalArgumentException("session " + sessionId + " must not ask for " + request);
            }
        }
    }

    /**
     * Begins a session that belongs to the command's origin.
     *
     * @param sessionId chosen at random by the caller, neither 0 nor {@link Znode#CONTAINER_OWNER}
     * @param password what a client must show to {@link AttachSession attach}
     * @param timeoutMillis silence after which the leader may expire it
     */
    record CreateSession(long sessionId, SessionPassword password, int timeoutMillis) implements ZnodeCommand {
        public CreateSession {
            Objects.requireNonNull(password);
            if (sessionId == 0 || sessionId == Znode.CONTAINER_OWNER || timeoutMillis <= 0) {
                throw new IllegalArgumentException("session " + sessionId + " with timeout " + timeoutMillis);
            }
        }
    }

    /**
     * Makes a session belong to the command's origin: its client has come here, or has come back.
     *
     * @param timeoutMillis the session's from now on
     */
    record AttachSession(long sessionId, SessionPassword password, int timeoutMillis) implements ZnodeCommand {
        public AttachSession {
            Objects.requireNonNull(password);
            if (timeoutMillis <= 0) {
                throw new IllegalArgumentException("session " + sessionId + " with timeout " + timeoutMillis);
            }
        }
    }

    /** Ends a session and deletes its ephemeral znodes. */
    record CloseSession(long sessionId) implements Requestable {}

    /**
     * Ends those of the sessions that still exist, with their ephemeral znodes.
     *
     * @param term of the leader that found them silent; it is for that one's successors to listen anew, so the command does
     *     nothing when its entry is of another term
     */
    record ExpireSessions(long term, List<Long> sessionIds) implements ZnodeCommand {
        public ExpireSessions {
            sessionIds = List.copyOf(sessionIds);
        }
    }

    /** Changes nothing: its zxid is a place in the order of changes. */
    record Sync() implements Requestable {}
}
