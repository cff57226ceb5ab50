package io.oarlog.raft;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SharedMetricRegistries;

/**
 * Metrics of this module beside Ratis's own: {@code raft.watchdog.replica-restarts} and {@code
 * raft.watchdog.sent-anew} since the process began, and {@code raft.watchdog.left-alone} replicas now. Thread-safe.
 */
final class RaftMetrics {
    private final Counter replicaRestarts;
    private final Counter sentAnew;
    private final Counter leftAlone;

    RaftMetrics(MetricRegistry metrics) {
        this.replicaRestarts = metrics.counter("raft.watchdog.replica-restarts");
        this.sentAnew = metrics.counter("raft.watchdog.sent-anew");
        this.leftAlone = metrics.counter("raft.watchdog.left-alone");
    }

    /** In the registry of this process, see {@link RatisMetricsBridge#REGISTRY}. */
    static RaftMetrics shared() {
        return new RaftMetrics(SharedMetricRegistries.getOrCreate(RatisMetricsBridge.REGISTRY));
    }

    /** A replica of this node is started anew. */
    void onReplicaRestart() {
        replicaRestarts.inc();
    }

    /** A follower of this node is sent anew what it misses. */
    void onSentAnew() {
        sentAnew.inc();
    }

    /** So many more replicas than before are left alone, or fewer. */
    void onLeftAlone(int more) {
        leftAlone.inc(more);
    }
}
