package io.oarlog.client;

import java.time.Duration;
import java.util.Random;

/**
 * What every client object is built on: its loop, its connections and its view of the cluster.
 *
 * @param retries for requests
 */
record ClientCore(IoLoop loop, Brokers brokers, AnyBroker anyBroker, ClusterView cluster, RetryPolicy retries) {
    /** @param role names the client towards brokers and its thread */
    static ClientCore start(String role, String bootstrap, Duration requestTimeout) {
        return start(role, bootstrap, ConnectionSettings.defaults(role, requestTimeout), new Random());
    }

    static ClientCore start(String role, String bootstrap, ConnectionSettings settings, Random random) {
        IoLoop loop = new IoLoop(role);
        RetryPolicy retries = RetryPolicy.forRequests(random);
        Connections connections = new Connections(loop, settings, retries);
        Brokers brokers = new Brokers(Endpoint.parseList(bootstrap), connections, random);
        AnyBroker anyBroker = new AnyBroker(loop, brokers);
        ClusterView cluster = new ClusterView(loop, brokers, anyBroker, RetryPolicy.forLeaderSearch(random));
        return new ClientCore(loop, brokers, anyBroker, cluster, retries);
    }

    /** Ends the connections and the loop; what is in flight fails first. */
    void close() {
        loop.execute(() -> {
            cluster.close();
            brokers.connections().close();
            loop.close();
        });
    }
}
