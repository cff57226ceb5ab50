package io.oarlog.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection of an {@link IoLoop}: bytes out in the order of the calls, bytes in as they come. Confined to the
 * event loop.
 *
 * <pre>
 * CONNECTING --accepted by the other side--> OPEN --ended by either side, failed, close()--> CLOSED
 *      +------------ refused, timed out, end of the loop --------------------------------------^
 * </pre>
 */
final class TcpChannel {
    /** Who gets what a channel brings. Called on the event loop. */
    interface Receiver {
        /**
         * Some bytes came in. What this throws ends the channel.
         *
         * @param bytes to be read to the end; they are overwritten after the return
         */
        void onBytes(ByteBuffer bytes);

        /**
         * The open channel has ended, other than by {@link TcpChannel#close}; nothing follows.
         *
         * @param cause null when the other side closed it
         */
        void onEnd(@Nullable Throwable cause);
    }

    /** Bytes on their way out. */
    private record Write(ByteBuffer bytes, CompletableFuture<Void> done) {}

    private static final Logger LOG = LoggerFactory.getLogger(TcpChannel.class);

    /** After so many reads the other channels get their turn. */
    private static final int READS_IN_A_ROW = 16;

    private final IoLoop loop;
    private final SocketChannel socket;
    private final SelectionKey key;
    private final Receiver receiver;
    private final CompletableFuture<TcpChannel> opened;
    private final Queue<Write> writes = new ArrayDeque<>();
    private @Nullable ScheduledTask connectDeadline;
    private boolean flushIsScheduled;
    private boolean isClosed;

    private TcpChannel(IoLoop loop, SocketChannel socket, Receiver receiver, CompletableFuture<TcpChannel> opened)
            throws IOException {
        this.loop = loop;
        this.socket = socket;
        this.receiver = receiver;
        this.opened = opened;
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        this.key = loop.register(socket, this);
    }

    /**
     * Starts to connect.
     *
     * @param opened completes on the loop, with the open channel or the reason why there is none
     */
    static void connect(
            IoLoop loop,
            InetSocketAddress address,
            Duration timeout,
            Receiver receiver,
            CompletableFuture<TcpChannel> opened) {
        SocketChannel socket = null;
        try {
            socket = SocketChannel.open();
            new TcpChannel(loop, socket, receiver, opened).start(address, timeout);
        } catch (IOException | RuntimeException | Error e) {
            closeQuietly(socket);
            opened.completeExceptionally(e);
        }
    }

    private void start(InetSocketAddress address, Duration timeout) throws IOException {
        if (socket.connect(address)) {
            onOpen();
        } else {
            key.interestOps(SelectionKey.OP_CONNECT);
            connectDeadline = loop.schedule(
                    () -> end(new SocketTimeoutException("no connection to " + address + " within " + timeout)),
                    timeout.toNanos());
        }
    }

    private void onOpen() {
        if (connectDeadline != null) {
            connectDeadline.cancel();
        }
        key.interestOps(SelectionKey.OP_READ);
        opened.complete(this);
    }

    /**
     * Sends the bytes after those of earlier calls, together with what else is written before the return to the loop.
     *
     * @param bytes the channel's from now on
     * @return completes on the loop when the operating system has taken all of them; fails when the channel ends before
     */
    CompletableFuture<Void> write(ByteBuffer bytes) {
        if (isClosed) {
            return CompletableFuture.failedFuture(new ClosedChannelException());
        }
        Write write = new Write(bytes, new CompletableFuture<>());
        writes.add(write);
        if (!flushIsScheduled) {
            flushIsScheduled = true;
            loop.execute(this::onFlush);
        }
        return write.done();
    }

    private void onFlush() {
        flushIsScheduled = false;
        if (!isClosed) {
            attempt(this::flush);
        }
    }

    /** What the channel's key is interested in can be done. */
    void onReady() {
        if (!key.isValid()) {
            return; // ended by another channel's event of the same turn
        }
        attempt(() -> {
            if (key.isConnectable() && socket.finishConnect()) {
                onOpen();
                return;
            }
            if (key.isReadable()) {
                read();
            }
            if (key.isValid() && key.isWritable()) {
                flush();
            }
        });
    }

    /** Something that can find that the connection has failed. */
    @FunctionalInterface
    private interface SocketWork {
        void run() throws IOException;
    }

    private void attempt(SocketWork work) {
        try {
            work.run();
        } catch (IOException | RuntimeException | Error e) {
            end(e);
        }
    }

    private void read() throws IOException {
        for (int i = 0; i < READS_IN_A_ROW && !isClosed; i++) {
            ByteBuffer in = loop.inBuffer();
            int count = socket.read(in);
            if (count < 0) {
                end(null);
            }
            if (count <= 0) {
                return;
            }
            boolean isAll = in.hasRemaining();
            receiver.onBytes(in.flip());
            if (isAll) {
                return;
            }
        }
    }

    private void flush() throws IOException {
        while (!writes.isEmpty()) {
            ByteBuffer out = gathered();
            int count = socket.write(out);
            List<Write> done = taken(count);
            if (out.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            }
            done.forEach(write -> write.done().complete(null));
            if (out.hasRemaining() || isClosed) {
                return;
            }
        }
        key.interestOps(SelectionKey.OP_READ);
    }

    /** As much of what is to be written as fits into the loop's buffer: one copy, which the JDK would make otherwise. */
    private ByteBuffer gathered() {
        ByteBuffer out = loop.outBuffer();
        for (Write write : writes) {
            ByteBuffer bytes = write.bytes().duplicate();
            bytes.limit(bytes.position() + Math.min(bytes.remaining(), out.remaining()));
            out.put(bytes);
            if (!out.hasRemaining()) {
                break;
            }
        }
        return out.flip();
    }

    /** The socket has taken so many bytes: returns the writes that are complete. */
    private List<Write> taken(int count) {
        List<Write> done = new ArrayList<>();
        int left = count;
        Write first = writes.peek();
        while (first != null && left >= first.bytes().remaining()) {
            left -= first.bytes().remaining();
            done.add(writes.remove());
            first = writes.peek();
        }
        if (first != null) {
            first.bytes().position(first.bytes().position() + left);
        }
        return done;
    }

    /** Ends the open channel; what is not written yet fails. The receiver is not told. */
    void close() {
        if (!isClosed) {
            release();
            failWrites(new ClosedChannelException());
        }
    }

    /** Ends the channel as {@link #close} does, and tells the receiver, or who waits for it to open. */
    void end(@Nullable Throwable cause) {
        if (isClosed) {
            return;
        }
        boolean wasOpen = opened.isDone();
        release();
        if (wasOpen) {
            failWrites(cause == null ? new ClosedChannelException() : cause);
            receiver.onEnd(cause);
        } else {
            opened.completeExceptionally(cause == null ? new ClosedChannelException() : cause);
        }
    }

    private void release() {
        isClosed = true;
        if (connectDeadline != null) {
            connectDeadline.cancel();
        }
        closeQuietly(socket); // and its key
    }

    private void failWrites(Throwable cause) {
        List<Write> lost = List.copyOf(writes);
        writes.clear();
        lost.forEach(write -> write.done().completeExceptionally(cause));
    }

    private static void closeQuietly(@Nullable SocketChannel socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.atDebug().setCause(e).log("a socket cannot be closed");
        }
    }
}
