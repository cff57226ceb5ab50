package io.oarlog.client;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one client object, one for each address, opened when first needed and again after they ended.
 * Confined to the event loop.
 *
 * <p>After a failure an address is left alone for a moment that grows with each failure in a row; asking for it then
 * fails at once, so that the caller can try another broker.
 */
final class Connections {
    /** One address. */
    private static final class Slot {
        private @Nullable Connection connection;
        private int failures;
        private long notBeforeNanos;
    }

    private final IoLoop loop;
    private final ConnectionSettings settings;
    private final RetryPolicy retries;
    private final Map<Endpoint, Slot> slots = new HashMap<>();
    private boolean closed;

    Connections(IoLoop loop, ConnectionSettings settings, RetryPolicy retries) {
        this.loop = loop;
        this.settings = settings;
        this.retries = retries;
    }

    /** Others to the same brokers. */
    Connections another() {
        return new Connections(loop, settings, retries);
    }

    /** A connection that requests can be sent on; fails with {@link ConnectionLostException}. */
    CompletableFuture<Connection> ready(Endpoint endpoint) {
        Slot slot = slots.computeIfAbsent(endpoint, e -> new Slot());
        Connection current = slot.connection;
        if (current != null) {
            return current.whenReady();
        }
        if (closed) {
            return CompletableFuture.failedFuture(new ConnectionLostException("the client is closed", null));
        }
        if (isHeldBack(slot)) {
            return CompletableFuture.failedFuture(
                    new ConnectionLostException("connection to " + endpoint + " failed a moment ago", null));
        }
        return open(endpoint, slot).whenReady();
    }

    private Connection open(Endpoint endpoint, Slot slot) {
        Connection opened = Connection.open(loop, endpoint, settings);
        slot.connection = opened;
        var unusedReady = opened.whenReady().thenRun(() -> slot.failures = 0);
        var unusedClosed = opened.whenClosed().thenAccept(reason -> {
            slot.connection = null;
            slot.failures++;
            slot.notBeforeNanos = loop.nowNanos() + retries.delayNanos(slot.failures);
        });
        return opened;
    }

    private boolean isHeldBack(Slot slot) {
        return slot.failures > 0 && slot.notBeforeNanos - loop.nowNanos() > 0;
    }

    /** Whether a connection could not be made or ended a moment ago and none is there. */
    boolean isHeldBack(Endpoint endpoint) {
        Slot slot = slots.get(endpoint);
        return slot != null && slot.connection == null && isHeldBack(slot);
    }

    /** The connection, when requests can be sent on it now. */
    @Nullable
    Connection ifReady(Endpoint endpoint) {
        Slot slot = slots.get(endpoint);
        Connection current = slot == null ? null : slot.connection;
        return current != null && current.isReady() ? current : null;
    }

    /** Ends all connections; none is opened any more. */
    void close() {
        closed = true;
        for (Slot slot : List.copyOf(slots.values())) {
            if (slot.connection != null) {
                slot.connection.close(new ConnectionLostException("the client is closed", null));
            }
        }
    }
}
