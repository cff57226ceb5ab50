package io.oarlog.metadata.zookeeper;

import io.oarlog.log.Clock;
import io.oarlog.log.ThrottledLog;
import io.oarlog.metadata.ReplicatedTree;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Consumer;

/** What all connections of a server share. Thread-safe. */
final class ServerParts {
    private final ZooKeeperSettings settings;
    private final ReplicatedTree replicatedTree;
    private final WatchedTree watchedTree;
    private final Handshake handshake;
    private final Operations operations;
    private final SessionConnections sessions;
    private final ThrottledLog rejections;
    private final Clock clock;
    private final AddressLimit addresses;
    private final WordAnswers words;
    private final ConnectionStatistics statistics;
    private final Set<ClientConnection> open;

    ServerParts(
            ZooKeeperSettings settings,
            ReplicatedTree replicatedTree,
            WatchedTree watchedTree,
            Handshake handshake,
            SessionConnections sessions,
            ThrottledLog rejections,
            Clock clock,
            ConnectionStatistics statistics,
            Set<ClientConnection> open,
            WordAnswers words) {
        this.settings = settings;
        this.replicatedTree = replicatedTree;
        this.watchedTree = watchedTree;
        this.handshake = handshake;
        this.operations = new Operations(watchedTree);
        this.sessions = sessions;
        this.rejections = rejections;
        this.clock = clock;
        this.addresses = new AddressLimit(settings.maxConnectionsPerAddress());
        this.statistics = statistics;
        this.open = open;
        this.words = words;
    }

    /** Answers four-letter words. */
    interface WordAnswers {
        /** Tells {@code answer} the text, on another thread. */
        void answer(WordRequest word, Consumer<byte[]> answer);
    }

    ZooKeeperSettings settings() {
        return settings;
    }

    ReplicatedTree replicatedTree() {
        return replicatedTree;
    }

    WatchedTree watchedTree() {
        return watchedTree;
    }

    Handshake handshake() {
        return handshake;
    }

    Operations operations() {
        return operations;
    }

    SessionConnections sessions() {
        return sessions;
    }

    ThrottledLog rejections() {
        return rejections;
    }

    Clock clock() {
        return clock;
    }

    ConnectionStatistics statistics() {
        return statistics;
    }

    void answer(WordRequest word, Consumer<byte[]> answer) {
        words.answer(word, answer);
    }

    void onOpened(ClientConnection connection) {
        open.add(connection);
    }

    void onClosed(ClientConnection connection) {
        open.remove(connection);
        watchedTree.forget(connection);
        if (connection.hasSession()) {
            sessions.remove(connection);
        }
    }

    /** Counts a connection in, or says that there are too many of its address. */
    boolean enter(InetSocketAddress client) {
        return addresses.enter(client.getAddress());
    }

    void leave(InetSocketAddress client) {
        addresses.leave(client.getAddress());
    }
}
