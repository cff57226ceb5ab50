package io.oarlog.server.cli.connection;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;

/** Questions to one broker and its answers, over one connection: for what no client asks. Confined to its command's thread. */
public final class KafkaConversation implements Closeable {
    private static final String CLIENT_ID = "oarlog-cli";
    private static final int MAX_ANSWER_BYTES = 64 << 20;
    /** Every broker reads it, and answers in its form. */
    private static final short FIRST_VERSION = 0;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ApiVersionsResponseData served;
    private int correlationId;

    /**
     * Connects, and asks which versions are served.
     *
     * @param limit of the connection, and again of each answer
     * @throws java.net.SocketTimeoutException when there is no answer
     * @throws java.io.EOFException when the connection is closed in place of an answer
     * @throws ProtocolException when the answer is not of Kafka's protocol
     */
    public KafkaConversation(InetSocketAddress address, Duration limit) throws IOException {
        this.socket = new Socket();
        try {
            int limitMillis = Math.toIntExact(limit.toMillis());
            socket.connect(address, limitMillis);
            socket.setSoTimeout(limitMillis);
            this.in = new DataInputStream(socket.getInputStream());
            this.out = new DataOutputStream(socket.getOutputStream());
            this.served = new ApiVersionsResponseData(
                    ask(ApiKeys.API_VERSIONS, FIRST_VERSION, new ApiVersionsRequestData()), FIRST_VERSION);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * The newest version that both sides have.
     *
     * @throws ProtocolException when there is none
     */
    public short version(ApiKeys api) throws ProtocolException {
        ApiVersion range = served.apiKeys().find(api.id);
        if (range == null || range.minVersion() > api.latestVersion()) {
            throw new ProtocolException("it does not serve " + api + " as this command speaks it");
        }
        return (short) Math.min(range.maxVersion(), api.latestVersion());
    }

    /** The body of the answer. */
    public ByteBufferAccessor ask(ApiKeys api, short version, ApiMessage request) throws IOException {
        RequestHeader header = new RequestHeader(api, version, CLIENT_ID, ++correlationId);
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

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
