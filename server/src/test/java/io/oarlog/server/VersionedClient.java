package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;

/** A connection that asks in the version of an API that it is told, and reads the answer to the last byte. Confined to one thread. */
final class VersionedClient implements AutoCloseable {
    private final Socket socket;
    private int correlationId;

    /** Connects to a port of this machine. */
    VersionedClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(Math.toIntExact(TimeUnit.SECONDS.toMillis(30)));
    }

    void send(ApiKeys api, short version, ApiMessage request) throws IOException {
        RequestHeader header = new RequestHeader(api, version, "test", ++correlationId);
        ByteBuffer body = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body);
        socket.getOutputStream().write(frame.array());
    }

    <T extends ApiMessage> T ask(ApiKeys api, short version, ApiMessage request, Class<T> type) throws IOException {
        send(api, version, request);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuffer answer = ByteBuffer.wrap(bytes);
        assertThat(ResponseHeader.parse(answer, api.responseHeaderVersion(version))
                        .correlationId())
                .isEqualTo(correlationId);
        ApiMessage body = ApiMessageType.fromApiKey(api.id).newResponse();
        body.read(new ByteBufferAccessor(answer), version);
        assertThat(answer.hasRemaining()).isFalse();
        return type.cast(body);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
