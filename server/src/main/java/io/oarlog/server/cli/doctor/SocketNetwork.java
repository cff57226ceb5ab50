package io.oarlog.server.cli.doctor;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
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
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
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
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) limit.toMillis());
            socket.setSoTimeout((int) limit.toMillis());
            Conversation conversation = new Conversation(socket);
            try {
                return conversation.answer(node);
            } catch (RuntimeException e) {
                // The codec throws whatever the bytes provoke.
                ProtocolException wrapped = new ProtocolException("an answer that cannot be parsed: " + e);
                wrapped.initCause(e);
                throw wrapped;
            }
        }
    }

    /** Questions and answers over one connection. */
    private static final class Conversation {
        private static final int MAX_ANSWER_BYTES = 64 << 20;
        /** Every broker reads it, and answers in its form. */
        private static final short FIRST_VERSION = 0;

        private final DataInputStream in;
        private final DataOutputStream out;
        private int correlationId;

        Conversation(Socket socket) throws IOException {
            this.in = new DataInputStream(socket.getInputStream());
            this.out = new DataOutputStream(socket.getOutputStream());
        }

        BrokerAnswer answer(OptionalInt node) throws IOException {
            ApiVersionsResponseData versions = new ApiVersionsResponseData(
                    ask(ApiKeys.API_VERSIONS, FIRST_VERSION, new ApiVersionsRequestData()), FIRST_VERSION);
            MetadataResponseData metadata = metadata(version(versions, ApiKeys.METADATA));
            List<Node> brokers = metadata.brokers().stream()
                    .map(broker -> new Node(broker.nodeId(), broker.host(), broker.port()))
                    .toList();
            int hiddenLeaders = (int) metadata.topics().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .filter(partition -> partition.errorCode() == Errors.LISTENER_NOT_FOUND.code())
                    .count();
            DescribeConfigsResult configs = node.isEmpty()
                    ? new DescribeConfigsResult()
                    : configs(version(versions, ApiKeys.DESCRIBE_CONFIGS), node.getAsInt());
            String clusterId = metadata.clusterId();
            return new BrokerAnswer(
                    clusterId == null ? "" : clusterId, brokers, hiddenLeaders, denial(configs), nodes(configs));
        }

        private static short version(ApiVersionsResponseData versions, ApiKeys api) throws IOException {
            ApiVersion served = versions.apiKeys().find(api.id);
            if (served == null || served.minVersion() > api.latestVersion()) {
                throw new ProtocolException("it does not serve " + api + " as this command speaks it");
            }
            return (short) Math.min(served.maxVersion(), api.latestVersion());
        }

        /** With all topics: only they tell of leaders that are not told. */
        private MetadataResponseData metadata(short version) throws IOException {
            MetadataRequestData request =
                    new MetadataRequestData().setTopics(null).setAllowAutoTopicCreation(false);
            return new MetadataResponseData(ask(ApiKeys.METADATA, version, request), version);
        }

        /** A broker answers for itself alone: so it shows which one it is. */
        private DescribeConfigsResult configs(short version, int node) throws IOException {
            DescribeConfigsRequestData request = new DescribeConfigsRequestData()
                    .setResources(List.of(new DescribeConfigsResource()
                            .setResourceType(ConfigResource.Type.BROKER.id())
                            .setResourceName(Integer.toString(node))
                            .setConfigurationKeys(List.of(CLUSTER_NODES))));
            return new DescribeConfigsResponseData(ask(ApiKeys.DESCRIBE_CONFIGS, version, request), version)
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

        /** The body of the answer. */
        private ByteBufferAccessor ask(ApiKeys api, short version, ApiMessage request) throws IOException {
            RequestHeader header = new RequestHeader(api, version, "oarlog-doctor", ++correlationId);
            ByteBuffer bytes = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
            out.writeInt(bytes.remaining());
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            out.flush();
            int length = in.readInt();
            if (length < Integer.BYTES || length > MAX_ANSWER_BYTES) {
                throw new ProtocolException("an answer of " + length + " bytes");
            }
            ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(length));
            if (answer.remaining() < length) {
                throw new ProtocolException("an answer of " + length + " bytes ends after " + answer.remaining());
            }
            ResponseHeader answered = ResponseHeader.parse(answer, api.responseHeaderVersion(version));
            if (answered.correlationId() != correlationId) {
                throw new ProtocolException("an answer to another question");
            }
            return new ByteBufferAccessor(answer);
        }
    }
}
