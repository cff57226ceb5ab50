package io.oarlog.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The other side of one {@link TcpChannel}, with blocking calls, and what the channel's receiver was told. */
final class PeerSocket implements AutoCloseable {
    /** Drops what it is told. */
    static final TcpChannel.Receiver IGNORED = new TcpChannel.Receiver() {
        @Override
        public void onBytes(ByteBuffer bytes) {}

        @Override
        public void onEnd(@Nullable Throwable cause) {}
    };

    /** Small, so that a channel soon writes more than there is room for. */
    private static final int RECEIVE_BUFFER_BYTES = 64 << 10;

    /** Bound on waiting for the channel. */
    private static final int LIMIT_MILLIS = 20_000;

    private final ServerSocket server;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();
    private @Nullable Socket socket;

    private PeerSocket(ServerSocket server) {
        this.server = server;
    }

    static PeerSocket listen() throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        server.setSoTimeout(LIMIT_MILLIS);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return new PeerSocket(server);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Lets the loop connect to us and keeps what it receives. */
    TcpChannel accept(IoLoop loop, Duration timeout) throws IOException {
        return accept(loop, "127.0.0.1", timeout);
    }

    TcpChannel accept(IoLoop loop, String host, Duration timeout) throws IOException {
        return accept(loop, host, timeout, this::keep);
    }

    /** A receiver of bytes only. */
    @FunctionalInterface
    interface OnBytes {
        void accept(ByteBuffer bytes);
    }

    TcpChannel accept(IoLoop loop, String host, Duration timeout, OnBytes onBytes) throws IOException {
        TcpChannel.Receiver receiver = new TcpChannel.Receiver() {
            @Override
            public void onBytes(ByteBuffer bytes) {
                onBytes.accept(bytes);
            }

            @Override
            public void onEnd(@Nullable Throwable cause) {
                ended.complete(cause);
            }
        };
        CompletableFuture<TcpChannel> connected =
                OnLoop.call(loop, () -> loop.connect(new Endpoint(host, port()), timeout, receiver));
        Socket accepted = server.accept();
        accepted.setSoTimeout(LIMIT_MILLIS);
        socket = accepted;
        return connected.join();
    }

    private void keep(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        synchronized (received) {
            received.writeBytes(copy);
        }
    }

    /** What the channel has received so far. */
    byte[] received() {
        synchronized (received) {
            return received.toByteArray();
        }
    }

    boolean channelHasEnded() {
        return ended.isDone();
    }

    /** Why the receiver was told that the channel has ended; waits for it. */
    @Nullable
    Throwable cause() {
        return ended.join();
    }

    private Socket socket() {
        Socket accepted = socket;
        if (accepted == null) {
            throw new IllegalStateException("nobody has connected yet");
        }
        return accepted;
    }

    void write(byte[] bytes) throws IOException {
        socket().getOutputStream().write(bytes);
    }

    /** The next bytes that the channel sent; fewer when it ends before. */
    byte[] read(int count) throws IOException {
        return socket().getInputStream().readNBytes(count);
    }

    void disconnect() throws IOException {
        socket().close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (socket != null) {
            socket.close();
        }
    }
}
