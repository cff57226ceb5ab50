package io.oarlog.metadata.zookeeper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.oarlog.metadata.tree.Identity;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.jute.BinaryInputArchive;
import org.apache.zookeeper.proto.AuthPacket;
import org.apache.zookeeper.proto.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Confined to the connection's event loop.
 *
 * <pre>
 * new --connect request--> connecting --session attached--> attached --close--> closed
 *  |                           |
 *  +--word answered--> closed  +--no session, failure--> closed
 * </pre>
 *
 * What cannot be read closes this connection, with one log line, and no other.
 */
final class ConnectionHandler extends SimpleChannelInboundHandler<Object> implements Outbox.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);
    /** Requests of one client without an answer: no more is read above. As many as ZooKeeper's own limit. */
    static final int MAX_OUTSTANDING = 1000;

    private static final long MAX_OUTSTANDING_BYTES = 8 << 20;
    /** Answers and events that a client leaves lying; above, it is cut off. */
    private static final int MAX_UNSENT = 200_000;
    /** A client that has not begun a session by then is cut off, as ZooKeeper does. */
    private static final long CONNECT_LIMIT_SECONDS = 10;

    private static final int HEARD_SHARE_OF_TIMEOUT = 50;

    private enum State {
        NEW,
        CONNECTING,
        ATTACHED,
        CLOSED
    }

    private final ServerParts parts;
    private State state = State.NEW;
    /** Frames that came behind the connect request. */
    private final Deque<ByteBuf> early = new ArrayDeque<>();

    private long heardNanos;
    private @Nullable ClientConnection connection;
    private @Nullable RequestPipeline pipeline;
    private @Nullable Outbox outbox;
    private @Nullable ChannelHandlerContext context;

    ConnectionHandler(ServerParts parts) {
        super(false);
        this.parts = parts;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        context = active;
        outbox = new Outbox(active.channel(), MAX_UNSENT, this);
        connection =
                new ClientConnection(active.channel(), outbox, parts.clock().currentTimeMillis());
        pipeline = new RequestPipeline(
                connection,
                parts.replicatedTree(),
                parts.watchedTree(),
                parts.settings().enforcesQuotas(),
                this::onReply);
        parts.onOpened(connection);
        var unused = active.executor().schedule(this::onConnectLimit, CONNECT_LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private void onConnectLimit() {
        if (state == State.NEW) {
            connection().close("it sent no connect request");
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext same, Object message) {
        if (message instanceof WordRequest word) {
            onWord(word);
            return;
        }
        ByteBuf frame = (ByteBuf) message;
        if (state == State.CONNECTING) {
            early.add(frame);
            return;
        }
        try {
            onFrame(frame);
        } finally {
            frame.release();
        }
        updateReading();
    }

    private void onWord(WordRequest word) {
        state = State.CLOSED;
        connection().statistics().onReceived();
        parts.statistics().onReceived();
        ChannelHandlerContext to = context();
        // Its tools end their side behind the word: that is not to be read before the answer is sent.
        to.channel().config().setAutoRead(false);
        parts.answer(word, answer -> {
            to.executor().execute(() -> {
                var unused = to.writeAndFlush(to.alloc().buffer().writeBytes(answer))
                        .addListener(ChannelFutureListener.CLOSE);
            });
        });
    }

    private void onFrame(ByteBuf frame) {
        if (state == State.CLOSED) {
            return;
        }
        connection().statistics().onReceived();
        parts.statistics().onReceived();
        try {
            ByteBufInputStream in = new ByteBufInputStream(frame);
            // Nothing in a frame is longer than the frame.
            BinaryInputArchive archive = new BinaryInputArchive(in, frame.readableBytes(), 0);
            if (state == State.NEW) {
                onConnect(ConnectFrame.read(archive, () -> in.available() > 0));
            } else {
                onRequest(archive, frame.readableBytes());
            }
        } catch (IOException | RuntimeException e) {
            // The codec throws whatever the bytes provoke: none of it is our state.
            reject("a request that cannot be read: " + e);
        }
    }

    private void onConnect(ConnectFrame request) {
        state = State.CONNECTING;
        context().channel().config().setAutoRead(false);
        parts.handshake().begin(request, context().channel().eventLoop(), new Handshake.Result() {
            @Override
            public void onAttached(AttachedSession session) {
                ConnectionHandler.this.onAttached(request, session);
            }

            @Override
            public void onNoSession() {
                state = State.CLOSED;
                connection().send(OutgoingMessage.connected(request.answer(null)));
                connection().send(OutgoingMessage.END);
            }

            @Override
            public void onFailure(String reason) {
                state = State.CLOSED;
                connection().close(reason);
            }
        });
    }

    private void onAttached(ConnectFrame request, AttachedSession session) {
        if (state == State.CLOSED || !context().channel().isActive()) {
            return;
        }
        connection().attached(session);
        parts.sessions().register(connection());
        if (!session.isAttached(parts.watchedTree().tree())) {
            connection().close("its session has ended or is attached elsewhere");
            return;
        }
        heardNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(session.timeoutMillis());
        noteHeard();
        connection().send(OutgoingMessage.connected(request.answer(session)));
        state = State.ATTACHED;
        for (ByteBuf frame = early.poll(); frame != null; frame = early.poll()) {
            try {
                onFrame(frame);
            } finally {
                frame.release();
            }
        }
        updateReading();
    }

    private void onRequest(BinaryInputArchive archive, int bytes) throws IOException {
        RequestHeader header = new RequestHeader();
        header.deserialize(archive, "header");
        noteHeard();
        Optional<OpCode> operation = OpCode.of(header.getType());
        if (operation.equals(Optional.of(OpCode.AUTH))) {
            onAuth(header.getXid(), archive);
            return;
        }
        Optional<Request> request = operation.flatMap(
                known -> parts.operations().read(known, archive, connection().caller()));
        connection().onRequest(bytes);
        Request wanted = request.orElseGet(() -> Request.refused(ErrorCode.UNIMPLEMENTED));
        pipeline()
                .accept(new RequestPipeline.Pending(
                        header.getXid(), operation.orElse(OpCode.ERROR), wanted, bytes, System.nanoTime()));
        if (request.isEmpty()) {
            // As ZooKeeper does: the client speaks of something that does not exist here.
            state = State.CLOSED;
            parts.rejections()
                    .warn(
                            "connection closed",
                            String.valueOf(connection().remoteAddress()),
                            "operation " + header.getType() + " is not known");
            pipeline().end();
        }
    }

    /** Every request counts; of many in a small part of the timeout one is noted. */
    private void noteHeard() {
        AttachedSession session = connection().session();
        long now = System.nanoTime();
        if (now - heardNanos >= TimeUnit.MILLISECONDS.toNanos(session.timeoutMillis()) / HEARD_SHARE_OF_TIMEOUT) {
            heardNanos = now;
            parts.replicatedTree().heard(session.id());
        }
    }

    /** Out of turn, as ZooKeeper does: what follows may rely on it. */
    private void onAuth(int xid, BinaryInputArchive archive) throws IOException {
        AuthPacket packet = new AuthPacket();
        packet.deserialize(archive, "request");
        List<Identity> identities = Authentication.prove(
                packet.getScheme(),
                packet.getAuth(),
                connection().address(),
                parts.settings().superDigest());
        boolean isProved = !identities.isEmpty() && connection().add(identities);
        connection().onRequest(0);
        connection().send(OutgoingMessage.reply(xid, 0, isProved ? Answer.DONE : Answer.failed(ErrorCode.AUTH_FAILED)));
        if (!isProved) {
            state = State.CLOSED;
            connection().send(OutgoingMessage.END);
        }
    }

    private void onReply(RequestPipeline.Pending request, long zxid) {
        long latency = System.nanoTime() - request.receivedNanos();
        ConnectionStatistics.LastAnswer answer = new ConnectionStatistics.LastAnswer(
                request.operation().shortName(),
                request.xid(),
                zxid,
                parts.clock().currentTimeMillis());
        connection().statistics().onAnswered(latency, answer);
        parts.statistics().onAnswered(latency, answer);
    }

    @Override
    public void onSent(OutgoingMessage message) {
        connection().statistics().onSent();
        parts.statistics().onSent();
        if (message.answers()) {
            connection().onAnswerSent();
        }
    }

    @Override
    public void onDrained() {
        updateReading();
    }

    @Override
    public void onOverflow() {
        if (!connection().isClosed()) {
            connection().close("its client takes nothing");
            parts.rejections()
                    .warn(
                            "connection closed",
                            String.valueOf(connection().remoteAddress()),
                            "more than " + MAX_UNSENT + " messages wait for its client to take them");
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext same) {
        if (same.channel().isWritable()) {
            Objects.requireNonNull(outbox).drain();
        } else {
            updateReading();
        }
    }

    /** Reads no more while too much of this client is unanswered, or while it does not take its answers. */
    private void updateReading() {
        ClientConnection current = connection();
        boolean mayRead = (state == State.NEW || state == State.ATTACHED)
                && current.outstanding() < MAX_OUTSTANDING
                && current.outstandingBytes() < MAX_OUTSTANDING_BYTES
                && context().channel().isWritable();
        // When nothing more is wanted reading goes on all the same: only so is the end noticed.
        context().channel().config().setAutoRead(mayRead || state == State.CLOSED);
    }

    @Override
    public void channelInactive(ChannelHandlerContext same) {
        state = State.CLOSED;
        early.forEach(ByteBuf::release);
        early.clear();
        ClientConnection gone = connection();
        gone.onClosed();
        parts.onClosed(gone);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext same, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            reject(String.valueOf(cause.getMessage()));
        } else if (cause instanceof IOException) {
            connection().close("it broke: " + cause.getMessage());
        } else {
            LOG.atError()
                    .addKeyValue("connection", same.channel().remoteAddress())
                    .setCause(cause)
                    .log("connection closed after an unexpected failure");
            connection().close("unexpected failure");
        }
    }

    private void reject(String reason) {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            parts.rejections()
                    .warn("connection closed", String.valueOf(connection().remoteAddress()), reason);
            connection().close(reason);
        }
    }

    private ClientConnection connection() {
        return Objects.requireNonNull(connection, "the connection is not active yet");
    }

    private RequestPipeline pipeline() {
        return Objects.requireNonNull(pipeline, "the connection is not active yet");
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context, "the connection is not active yet");
    }
}
