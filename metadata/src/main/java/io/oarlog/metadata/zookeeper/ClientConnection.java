package io.oarlog.metadata.zookeeper;

import io.netty.channel.Channel;
import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.Identity;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.proto.WatcherEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of one client while it is connected. Thread-safe. */
final class ClientConnection implements Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    /** A client proves one or two things; each goes into its every write. */
    private static final int MAX_IDENTITIES = 32;

    private final Channel channel;
    private final Outbox outbox;
    private final long establishedMillis;
    private final ConnectionStatistics statistics = new ConnectionStatistics();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong outstandingBytes = new AtomicLong();
    private volatile List<Identity> identities;
    private volatile @Nullable AttachedSession session;
    private volatile boolean isClosed;

    ClientConnection(Channel channel, Outbox outbox, long establishedMillis) {
        this.channel = channel;
        this.outbox = outbox;
        this.establishedMillis = establishedMillis;
        this.identities = List.of(Authentication.ofAddress(address()));
    }

    InetSocketAddress remoteAddress() {
        return (InetSocketAddress) channel.remoteAddress();
    }

    /** The client's address without the port. */
    String address() {
        return remoteAddress().getAddress().getHostAddress();
    }

    void send(OutgoingMessage message) {
        outbox.add(message);
    }

    List<Identity> identities() {
        return identities;
    }

    /** Adds what the client has proved; false when it has proved too much already. */
    boolean add(List<Identity> proved) {
        Set<Identity> all = new LinkedHashSet<>(identities);
        all.addAll(proved);
        if (all.size() > MAX_IDENTITIES) {
            return false;
        }
        identities = List.copyOf(all);
        return true;
    }

    void attached(AttachedSession attached) {
        session = attached;
    }

    boolean hasSession() {
        return session != null;
    }

    /** The session; there has to be one. */
    AttachedSession session() {
        return Objects.requireNonNull(session, "no session is attached");
    }

    @Override
    public long sessionId() {
        AttachedSession current = session;
        return current == null ? 0 : current.id();
    }

    Caller caller() {
        return new Caller(session().id(), identities, this);
    }

    @Override
    public void onEvent(long zxid, WatcherEvent event, List<Acl> acl) {
        // An event whose znode's list is not known says no more than that the client has to look.
        if (acl.isEmpty() || Acl.allows(acl, identities, Acl.READ)) {
            send(OutgoingMessage.event(zxid, event));
        }
    }

    /** A request has come whose answer is not sent yet. */
    void onRequest(int bytes) {
        outstanding.incrementAndGet();
        outstandingBytes.addAndGet(bytes);
    }

    /** The bytes of a request are not needed any more. */
    void onDone(int bytes) {
        outstandingBytes.addAndGet(-bytes);
    }

    /** An answer is sent. */
    void onAnswerSent() {
        outstanding.decrementAndGet();
    }

    /** Requests whose answers are not sent. */
    int outstanding() {
        return outstanding.get();
    }

    long outstandingBytes() {
        return outstandingBytes.get();
    }

    ConnectionStatistics statistics() {
        return statistics;
    }

    /** When it was accepted, ms since the epoch. */
    long establishedMillis() {
        return establishedMillis;
    }

    @Override
    public boolean isClosed() {
        return isClosed;
    }

    /** Closes the connection, not the session. */
    void close(String reason) {
        if (!isClosed) {
            LOG.atDebug()
                    .addKeyValue("connection", channel.remoteAddress())
                    .addKeyValue("session", Long.toHexString(sessionId()))
                    .addKeyValue("reason", reason)
                    .log("connection closed");
        }
        isClosed = true;
        var unused = channel.close();
    }

    /** The connection has gone. */
    void onClosed() {
        isClosed = true;
        outbox.close();
    }
}
