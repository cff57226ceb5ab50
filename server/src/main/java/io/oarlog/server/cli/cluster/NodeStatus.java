package io.oarlog.server.cli.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A node of the cluster. Immutable.
 *
 * @param address under which clients reach it; null while the cluster does not know it
 * @param state up: it answered; silent: the cluster takes it for alive, but it did not answer; down: the cluster does not
 *     know it, but it has replicas
 * @param metadataLeader that it knows; null when it knows none, or did not answer
 * @param leads partitions
 * @param replicas that are placed on it
 */
record NodeStatus(
        int id,
        @Nullable String address,
        String state,
        @Nullable Integer metadataLeader,
        int leads,
        int replicas) {
    static final String UP = "up";
    static final String SILENT = "silent";
    static final String DOWN = "down";

    boolean isUp() {
        return state.equals(UP);
    }
}
