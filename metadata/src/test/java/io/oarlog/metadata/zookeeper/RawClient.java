package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** A connection that sends what it is told to, right or wrong. */
final class RawClient implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;

    RawClient(int port) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** A connection with a session of its own. */
    static RawClient connected(int port) throws IOException {
        RawClient client = new RawClient(port);
        ConnectResponse response = client.connect(0, new byte[16], 0);
        assertThat(response.getSessionId()).isNotZero();
        return client;
    }

    ConnectResponse connect(long sessionId, byte[] password, long lastZxidSeen) throws IOException {
        send(new ConnectRequest(0, lastZxidSeen, 10_000, sessionId, password, false));
        return readConnectResponse();
    }

    ConnectResponse readConnectResponse() throws IOException {
        int length = in.readInt();
        ConnectResponse response = new ConnectResponse();
        response.deserialize(BinaryInputArchive.getArchive(in), "response");
        assertThat(length).isEqualTo(37);
        return response;
    }

    void send(Record... records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryOutputArchive archive = BinaryOutputArchive.getArchive(bytes);
        archive.writeInt(0, "length");
        for (Record record : records) {
            record.serialize(archive, "record");
        }
        byte[] frame = bytes.toByteArray();
        ByteBuffer.wrap(frame).putInt(frame.length - Integer.BYTES);
        sendBytes(frame);
    }

    void send(int xid, int operation, Record body) throws IOException {
        send(new RequestHeader(xid, operation), body);
    }

    void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** The next message's header; its body is passed over. */
    ReplyHeader read() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        ReplyHeader header = new ReplyHeader();
        header.deserialize(new BinaryInputArchive(new DataInputStream(new ByteArrayInputStream(frame))), "header");
        return header;
    }

    /** All that comes until the other side closes. */
    String readToEnd() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    boolean isClosedByServer() {
        try {
            return in.read() < 0;
        } catch (IOException e) {
            return !(e instanceof SocketTimeoutException);
        }
    }

    /** What the word is answered with. */
    static String word(int port, String word) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.sendBytes(word.getBytes(StandardCharsets.US_ASCII));
            return client.readToEnd();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
