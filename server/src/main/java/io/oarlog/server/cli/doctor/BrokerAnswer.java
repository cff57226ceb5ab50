package io.oarlog.server.cli.doctor;

import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;

/**
 * What a broker says to clients that come by one of its addresses. Immutable.
 *
 * @param clusterId empty when it does not say
 * @param brokers with the addresses that clients are to use
 * @param hiddenLeaders partitions whose leader it cannot tell, for that one has no listener of the same name
 * @param denial its own words, when it is not the node that it was taken for
 * @param nodes all of the cluster, as its settings name them; empty when they do not
 */
record BrokerAnswer(
        String clusterId,
        List<Node> brokers,
        int hiddenLeaders,
        @Nullable String denial,
        SortedSet<Integer> nodes) {}
