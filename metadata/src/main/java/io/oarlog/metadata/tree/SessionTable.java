package io.oarlog.metadata.tree;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The sessions of a tree with their timeouts, owners and ephemeral znodes. Immutable. */
public final class SessionTable {
    static final SessionTable EMPTY = new SessionTable(PersistentSortedMap.empty());

    private final PersistentSortedMap<Long, Session> sessions;

    /** @param owner whose commands count as the session's */
    record Session(
            SessionPassword password,
            int timeoutMillis,
            Origin owner,
            PersistentSortedMap<String, Boolean> ephemerals) {
        private Session withEphemerals(PersistentSortedMap<String, Boolean> changed) {
            return new Session(password, timeoutMillis, owner, changed);
        }
    }

    private SessionTable(PersistentSortedMap<Long, Session> sessions) {
        this.sessions = sessions;
    }

    public boolean contains(long sessionId) {
        return sessions.get(sessionId) != null;
    }

    /** Number of sessions. */
    public int size() {
        return sessions.size();
    }

    /** Ids of all sessions, sorted. */
    public List<Long> ids() {
        return sessions.keys();
    }

    /** Timeout in ms; empty when there is no such session. */
    public OptionalInt timeoutMillis(long sessionId) {
        Session session = sessions.get(sessionId);
        return session == null ? OptionalInt.empty() : OptionalInt.of(session.timeoutMillis());
    }

    /** Whose commands count as the session's; empty when there is no such session. */
    public Optional<Origin> owner(long sessionId) {
        return Optional.ofNullable(sessions.get(sessionId)).map(Session::owner);
    }

    /** Paths of the session's ephemeral znodes, sorted; empty when there is no such session. */
    public List<String> ephemerals(long sessionId) {
        Session session = sessions.get(sessionId);
        return session == null ? List.of() : session.ephemerals().keys();
    }

    void forEach(BiConsumer<Long, Session> visitor) {
        sessions.forEach(visitor);
    }

    @Nullable
    Session find(long sessionId) {
        return sessions.get(sessionId);
    }

    SessionTable with(long sessionId, Session session) {
        return new SessionTable(sessions.put(sessionId, session));
    }

    /** Gives a session another owner and timeout. */
    SessionTable attached(long sessionId, Origin owner, int timeoutMillis) {
        Session session = existing(sessionId);
        return with(sessionId, new Session(session.password(), timeoutMillis, owner, session.ephemerals()));
    }

    SessionTable without(long sessionId) {
        return new SessionTable(sessions.remove(sessionId));
    }

    SessionTable withEphemeral(long sessionId, String path) {
        Session session = existing(sessionId);
        return with(sessionId, session.withEphemerals(session.ephemerals().put(path, true)));
    }

    SessionTable withoutEphemeral(long sessionId, String path) {
        Session session = existing(sessionId);
        return with(sessionId, session.withEphemerals(session.ephemerals().remove(path)));
    }

    private Session existing(long sessionId) {
        Session session = sessions.get(sessionId);
        if (session == null) {
            throw new IllegalStateException("no session " + Long.toHexString(sessionId));
        }
        return session;
    }
}
