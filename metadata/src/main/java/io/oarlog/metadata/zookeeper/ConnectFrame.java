package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.SessionPassword;
import java.io.IOException;
import java.util.Optional;
import org.apache.jute.InputArchive;
import org.apache.jute.OutputArchive;
import org.apache.jute.Record;
import org.jspecify.annotations.Nullable;

/**
 * A client's first request, {@code ConnectRequest}, field by field: clients before 3.4 leave out the last one, and are
 * answered without it.
 *
 * @param password empty when there is none that could be right
 * @param knowsReadOnly the client sent the flag; this node never serves read-only, so its value does not matter
 */
record ConnectFrame(
        long lastZxidSeen,
        int timeoutMillis,
        long sessionId,
        Optional<SessionPassword> password,
        boolean knowsReadOnly) {
    private static final int PROTOCOL_VERSION = 0;

    /** @param hasMore tells whether bytes are left */
    static ConnectFrame read(InputArchive archive, Remaining hasMore) throws IOException {
        int unusedVersion = archive.readInt("protocolVersion");
        long lastZxidSeen = archive.readLong("lastZxidSeen");
        int timeoutMillis = archive.readInt("timeOut");
        long sessionId = archive.readLong("sessionId");
        byte[] password = archive.readBuffer("passwd");
        boolean knowsReadOnly = hasMore.any();
        return new ConnectFrame(lastZxidSeen, timeoutMillis, sessionId, password(password), knowsReadOnly);
    }

    private static Optional<SessionPassword> password(byte @Nullable [] bytes) {
        return bytes != null && bytes.length == SessionPassword.SIZE
                ? Optional.of(SessionPassword.copyOf(bytes))
                : Optional.empty();
    }

    /** Whether bytes are left. */
    interface Remaining {
        boolean any() throws IOException;
    }

    /** The answer with the session that the client has from now on; null: it has none. */
    Record answer(@Nullable AttachedSession session) {
        return new ConnectAnswer(session, knowsReadOnly);
    }

    /** {@code ConnectResponse}; the last field only for clients that know it. */
    private record ConnectAnswer(@Nullable AttachedSession session, boolean knowsReadOnly) implements Record {
        @Override
        public void serialize(OutputArchive archive, String tag) throws IOException {
            archive.writeInt(PROTOCOL_VERSION, "protocolVersion");
            archive.writeInt(session == null ? 0 : session.timeoutMillis(), "timeOut");
            archive.writeLong(session == null ? 0 : session.id(), "sessionId");
            archive.writeBuffer(
                    session == null
                            ? new byte[SessionPassword.SIZE]
                            : session.password().toArray(),
                    "passwd");
            if (knowsReadOnly) {
                archive.writeBool(false, "readOnly");
            }
        }

        @Override
        public void deserialize(InputArchive archive, String tag) {
            throw new UnsupportedOperationException("it is sent only");
        }
    }
}
