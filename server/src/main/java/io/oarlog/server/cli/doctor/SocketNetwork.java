package io.oarlog.server.cli.doctor;

import io.oarlog.server.cli.connection.KafkaConversation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** This machine's network: a connection for each question. Confined to its command's thread. */
final class SocketNetwork implements Network {
    private static final String CLUSTER_NODES = "cluster.nodes";
    private static final Pattern NODE_ID = Pattern.compile("(\\d+)@");

    private final Duration limit;

    /** @param limit of a connection, and again of each answer */
    SocketNetwork(Duration limit) {
        this.limit = limit;
    }

    @Override
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        return List.of(InetAddress.getAllByName(host));
    }

    @Override
    public BrokerAnswer ask(InetSocketAddress address, OptionalInt node) throws IOException {
        try (KafkaConversation conversation = new KafkaConversation(address, limit)) {
            return answer(conversation, node);
        } catch (RuntimeException e) {
            // The codec throws whatever the bytes provoke.
            ProtocolException wrapped = new ProtocolException("an answer that cannot be parsed: " + e);
            wrapped.initCause(e);
            throw wrapped;
        }
    }

    private static BrokerAnswer answer(KafkaConversation conversation, OptionalInt node) throws IOException {
        MetadataResponseData metadata = metadata(conversation);
        List<Node> brokers = metadata.brokers().stream()
                .map(broker -> new Node(broker.nodeId(), broker.host(), broker.port()))
                .toList();
        int hiddenLeaders = (int) metadata.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .filter(partition -> partition.errorCode() == Errors.LISTENER_NOT_FOUND.code())
                .count();
        DescribeConfigsResult configs =
                node.isEmpty() ? new DescribeConfigsResult() : configs(conversation, node.getAsInt());
        String clusterId = metadata.clusterId();
        return new BrokerAnswer(
                clusterId == null ? "" : clusterId, brokers, hiddenLeaders, denial(configs), nodes(configs));
    }

    /** With all topics: only they tell of leaders that are not told. */
    private static MetadataResponseData metadata(KafkaConversation conversation) throws IOException {
        short version = conversation.version(ApiKeys.METADATA);
        MetadataRequestData request = new MetadataRequestData().setTopics(null).setAllowAutoTopicCreation(false);
        return new MetadataResponseData(conversation.ask(ApiKeys.METADATA, version, request), version);
    }

    /** A broker answers for itself alone: so it shows which one it is. */
    private static DescribeConfigsResult configs(KafkaConversation conversation, int node) throws IOException {
        short version = conversation.version(ApiKeys.DESCRIBE_CONFIGS);
        DescribeConfigsRequestData request = new DescribeConfigsRequestData()
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName(Integer.toString(node))
                        .setConfigurationKeys(List.of(CLUSTER_NODES))));
        return new DescribeConfigsResponseData(conversation.ask(ApiKeys.DESCRIBE_CONFIGS, version, request), version)
                .results()
                .get(0);
    }

    private static @Nullable String denial(DescribeConfigsResult configs) {
        String words = configs.errorMessage();
        // Who may not ask is told nothing of it.
        return configs.errorCode() != Errors.INVALID_REQUEST.code() ? null : words == null ? "it is not" : words;
    }

    private static SortedSet<Integer> nodes(DescribeConfigsResult configs) {
        SortedSet<Integer> nodes = new TreeSet<>();
        configs.configs().stream()
                .filter(config -> config.name().equals(CLUSTER_NODES) && config.value() != null)
                .forEach(config -> {
                    Matcher ids = NODE_ID.matcher(config.value());
                    while (ids.find()) {
                        nodes.add(Integer.valueOf(ids.group(1)));
                    }
                });
        return Collections.unmodifiableSortedSet(nodes);
    }
}
