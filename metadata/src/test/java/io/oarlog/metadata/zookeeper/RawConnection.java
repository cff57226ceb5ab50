package io.oarlog.metadata.zookeeper;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.function.Supplier;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** Speaks the protocol without a client's own checks, and never pings. Confined to the test's thread. */
final class RawConnection implements AutoCloseable {
    private static final int LIMIT_MILLIS = 20_000;
    private static final int PASSWORD_BYTES = 16;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private int lastXid;

    /** What came back for a request; the body is empty for an error. */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Reply(ReplyHeader header, byte[] body) {
        <T extends Record> T body(Supplier<T> type) throws IOException {
            T record = type.get();
            record.deserialize(BinaryInputArchive.getArchive(new ByteArrayInputStream(body)), "body");
            return record;
        }
    }

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(socket.getOutputStream());
    }

    static RawConnection open(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        Socket socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawConnection(socket);
    }

    /** Begins a session. */
    ConnectResponse connect(int timeoutMillis) throws IOException {
        return connect(new ConnectRequest(0, 0, timeoutMillis, 0, new byte[PASSWORD_BYTES], false));
    }

    ConnectResponse connect(ConnectRequest request) throws IOException {
        sendFrame(bytes(request));
        ConnectResponse response = new ConnectResponse();
        response.deserialize(BinaryInputArchive.getArchive(new ByteArrayInputStream(receiveFrame())), "connect");
        return response;
    }

    /** Sends a request and waits for its reply. */
    Reply call(int type, Record request) throws IOException {
        send(type, request);
        return receive();
    }

    /** Sends a request; gives the number under which the reply comes. */
    int send(int type, Record request) throws IOException {
        lastXid++;
        send(new RequestHeader(lastXid, type), request);
        return lastXid;
    }

    void send(RequestHeader header, Record... requests) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(bytes(header));
        for (Record request : requests) {
            frame.writeBytes(bytes(request));
        }
        sendFrame(frame.toByteArray());
    }

    void sendFrame(byte[] frame) throws IOException {
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        new DataOutputStream(framed).writeInt(frame.length);
        framed.writeBytes(frame);
        sendBytes(framed.toByteArray());
    }

    void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    Reply receive() throws IOException {
        byte[] frame = receiveFrame();
        ByteArrayInputStream bytes = new ByteArrayInputStream(frame);
        ReplyHeader header = new ReplyHeader();
        header.deserialize(BinaryInputArchive.getArchive(bytes), "header");
        return new Reply(header, bytes.readAllBytes());
    }

    private byte[] receiveFrame() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    /** Whether the server ends the connection; what it says before that is not looked at. */
    boolean awaitEnd() {
        try {
            return in.readAllBytes() != null;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static byte[] bytes(Record record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        record.serialize(BinaryOutputArchive.getArchive(bytes), "request");
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
