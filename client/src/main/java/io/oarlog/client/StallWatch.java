package io.oarlog.client;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives up a broker that is silent (paused, cut off) while another one has taken over what is asked of it, long before
 * the request timeout: its connection is closed, so that what is in flight goes to the new leader. Confined to the event
 * loop.
 */
final class StallWatch {
    private final int brokerId;
    private final ClientCore core;
    private final Duration patience;
    private final Supplier<Stream<TopicPartition>> inFlight;
    private final Alarm alarm;

    /**
     * @param patience how long the broker may be silent before the cluster is asked who leads
     * @param inFlight the partitions of the requests without answer
     */
    StallWatch(int brokerId, ClientCore core, Duration patience, Supplier<Stream<TopicPartition>> inFlight) {
        this.brokerId = brokerId;
        this.core = core;
        this.patience = patience;
        this.inFlight = inFlight;
        this.alarm = new Alarm(core.loop(), this::onPatienceDeadline);
    }

    /** A request is on its way. */
    void onSent() {
        alarm.within(patience.toNanos());
    }

    private void onPatienceDeadline() {
        if (silentConnection() != null) {
            core.cluster().refresh();
        }
        if (inFlight.get().findAny().isPresent()) {
            alarm.within(patience.toNanos());
        }
    }

    void onClusterChange() {
        Connection silent = silentConnection();
        if (silent != null && inFlight.get().anyMatch(this::isLedByAnother)) {
            silent.close(new ConnectionLostException("broker " + brokerId + " is silent and leads no more", null));
        }
    }

    private @Nullable Connection silentConnection() {
        Endpoint endpoint = core.brokers().endpoint(brokerId);
        Connection connection =
                endpoint == null ? null : core.brokers().connections().ifReady(endpoint);
        return connection != null && connection.oldestRequestAgeNanos() >= patience.toNanos() ? connection : null;
    }

    private boolean isLedByAnother(TopicPartition partition) {
        PartitionLeader leader = core.cluster().leader(partition);
        return leader != null && leader.exists() && leader.brokerId() != brokerId;
    }

    void close() {
        alarm.cancel();
    }
}
