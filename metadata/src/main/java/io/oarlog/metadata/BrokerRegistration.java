package io.oarlog.metadata;

/**
 * A live broker: the content of its ephemeral znode {@code /brokers/ids/<id>}. Immutable.
 *
 * @param host address given to Kafka clients
 * @param port Kafka port
 */
public record BrokerRegistration(int id, String host, int port) {}
