package io.oarlog.metadata.tree;

import java.util.List;
import java.util.OptionalInt;

/** The sessions of a tree with their timeouts and ephemeral znodes. Immutable. */
public final class SessionTable {
    static final SessionTable EMPTY = new SessionTable(PersistentSortedMap.empty());

    private final PersistentSortedMap<Long, Session> sessions;

    private record Session(int timeoutMillis, PersistentSortedMap<String, Boolean> ephemerals) {}

    private SessionTable(PersistentSortedMap<Long, Session> sessions) {
        this.sessions = sessions;
    }

    public boolean contains(long sessionId) {
        return sessions.get(sessionId) != null;
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

    /** Paths of the session's ephemeral znodes, sorted; empty when there is no such session. */
    public List<String> ephemerals(long sessionId) {
        Session session = sessions.get(sessionId);
        return session == null ? List.of() : session.ephemerals().keys();
    }

    SessionTable with(long sessionId, int timeoutMillis) {
        Session old = sessions.get(sessionId);
        PersistentSortedMap<String, Boolean> ephemerals = old == null ? PersistentSortedMap.empty() : old.ephemerals();
        return new SessionTable(sessions.put(sessionId, new Session(timeoutMillis, ephemerals)));
    }

    SessionTable without(long sessionId) {
        return new SessionTable(sessions.remove(sessionId));
    }

    SessionTable withEphemeral(long sessionId, String path) {
        Session session = existing(sessionId);
        return new SessionTable(sessions.put(
                sessionId,
                new Session(session.timeoutMillis(), session.ephemerals().put(path, true))));
    }

    SessionTable withoutEphemeral(long sessionId, String path) {
        Session session = existing(sessionId);
        return new SessionTable(sessions.put(
                sessionId,
                new Session(session.timeoutMillis(), session.ephemerals().remove(path))));
    }

    private Session existing(long sessionId) {
        Session session = sessions.get(sessionId);
        if (session == null) {
            throw new IllegalStateException("no session " + Long.toHexString(sessionId));
        }
        return session;
    }
}
