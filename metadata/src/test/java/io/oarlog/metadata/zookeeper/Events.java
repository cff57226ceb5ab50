package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;

/** A watcher that keeps what it is told. Thread-safe. */
final class Events implements Watcher {
    private final List<WatchedEvent> all = new CopyOnWriteArrayList<>();

    @Override
    public void process(WatchedEvent event) {
        all.add(event);
    }

    /** Those of znodes, each as its type and its path. */
    List<String> ofZnodes() {
        return znodeEvents().stream()
                .map(event -> event.getType() + " " + event.getPath())
                .toList();
    }

    List<WatchedEvent> znodeEvents() {
        return all.stream()
                .filter(event -> event.getType() != Event.EventType.None)
                .toList();
    }

    /** Those of the connection and the session, in order. */
    List<Event.KeeperState> states() {
        return all.stream()
                .filter(event -> event.getType() == Event.EventType.None)
                .map(WatchedEvent::getState)
                .toList();
    }

    boolean isConnected() {
        return states().contains(Event.KeeperState.SyncConnected);
    }

    /** Waits until there are as many as expected; more than these may come behind. */
    void awaitZnodes(String... expected) {
        await().atMost(Ensemble.LIMIT)
                .untilAsserted(() -> assertThat(ofZnodes()).hasSizeGreaterThanOrEqualTo(expected.length));
        assertThat(ofZnodes()).containsExactly(expected);
    }

    void awaitState(Event.KeeperState state) {
        await().atMost(Ensemble.LIMIT).until(() -> states().contains(state));
    }
}
