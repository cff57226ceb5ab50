package io.oarlog.server.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.IdleStateEvent;
import io.oarlog.log.ThrottledLog;
import io.oarlog.server.api.ApiRequest;
import io.oarlog.server.api.ApiResponse;
import io.oarlog.server.api.ApiRouter;
import io.oarlog.server.api.ClientPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: parses requests, hands them to the router, sends the answers in order. Confined to the
 * connection's event loop. What cannot be parsed closes this connection, with one log line, and no other.
 */
final class KafkaConnectionHandler extends SimpleChannelInboundHandler<ByteBuffer> {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaConnectionHandler.class);

    private static final int API_AND_VERSION_BYTES = 2 * Short.BYTES;
    /** Of a request without records: objects made of it take a multiple of its bytes. Ten thousand long names fit. */
    private static final int MAX_BYTES_WITHOUT_RECORDS = 4 << 20;

    private final ApiRouter router;
    private final ListenerSettings settings;
    private final ThrottledLog rejections;
    private @Nullable ResponseOrderer orderer;
    /** Requests that came in the same read as the last one that was allowed. */
    private final Deque<ByteBuffer> waiting = new ArrayDeque<>();

    private long waitingBytes;
    /** The fetch that is under way. Its answer may be large, so there is one at a time. */
    private @Nullable CompletableFuture<ApiResponse> fetch;

    private boolean isHandling;
    private boolean closing;

    KafkaConnectionHandler(ApiRouter router, ListenerSettings settings, ThrottledLog rejections) {
        this.router = router;
        this.settings = settings;
        this.rejections = rejections;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        orderer = new ResponseOrderer(response -> response.writeTo(context));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuffer frame) {
        waiting.add(frame);
        waitingBytes += frame.remaining();
        goOn(context);
    }

    /** Handles and reads no more while too much of this client is unanswered or unsent, and goes on afterwards. */
    private void goOn(ChannelHandlerContext context) {
        if (isHandling) {
            return; // in an answer that was ready at once: the loop below sees to the rest
        }
        isHandling = true;
        try {
            while (!closing && !waiting.isEmpty() && mayHandle(context)) {
                ByteBuffer frame = waiting.remove();
                waitingBytes -= frame.remaining();
                handle(context, frame);
            }
        } finally {
            isHandling = false;
        }
        if (closing) {
            waiting.clear();
            waitingBytes = 0;
        }
        context.channel().config().setAutoRead(mayRead(context));
    }

    private boolean mayHandle(ChannelHandlerContext context) {
        return fetch == null
                && orderer().inFlight() < settings.maxInFlightRequests()
                && orderer().inFlightBytes() < settings.maxInFlightBytes()
                && context.channel().isWritable();
    }

    /** Reading goes on beside a fetch that waits for records: only so is it noticed when its client has gone. */
    private boolean mayRead(ChannelHandlerContext context) {
        return orderer().inFlight() + waiting.size() < settings.maxInFlightRequests()
                && orderer().inFlightBytes() + waitingBytes < settings.maxInFlightBytes()
                && context.channel().isWritable();
    }

    private void handle(ChannelHandlerContext context, ByteBuffer frame) {
        int bytes = frame.remaining();
        ApiRequest request;
        try {
            Optional<String> fault = headerFault(frame);
            if (fault.isPresent()) {
                reject(context, fault.get());
                return;
            }
            RequestHeader header = RequestHeader.parse(frame);
            if (header.apiKey() == ApiKeys.API_VERSIONS && !router.serves(header.apiKey(), header.apiVersion())) {
                respond(context, orderer().next(bytes), header.correlationId(), router.unsupportedApiVersions());
                return;
            }
            AbstractRequest body = AbstractRequest.parseRequest(
                            header.apiKey(), header.apiVersion(), new ByteBufferAccessor(frame))
                    .request;
            if (frame.hasRemaining()) {
                reject(context, frame.remaining() + " bytes follow a " + header.apiKey() + " request");
                return;
            }
            request = new ApiRequest(
                    header,
                    body,
                    address(context.channel().remoteAddress()),
                    new ClientPath(settings.name(), address(context.channel().localAddress())));
        } catch (RuntimeException e) {
            // The codec throws whatever the bytes provoke: none of it is our state.
            reject(context, "a request that cannot be parsed: " + e);
            return;
        }
        handle(context, request, bytes);
    }

    private static InetAddress address(SocketAddress end) {
        return end instanceof InetSocketAddress known ? known.getAddress() : InetAddress.getLoopbackAddress();
    }

    /** Why nobody knows how the request goes on, nor how its answer would have to look. */
    private static Optional<String> headerFault(ByteBuffer frame) {
        if (frame.remaining() < API_AND_VERSION_BYTES) {
            return Optional.of("a request of " + frame.remaining() + " bytes has no header");
        }
        short api = frame.getShort(frame.position());
        short version = frame.getShort(frame.position() + Short.BYTES);
        if (!ApiKeys.hasId(api)) {
            return Optional.of("API key " + api + " is not known");
        }
        ApiKeys known = ApiKeys.forId(api);
        if (known != ApiKeys.PRODUCE && frame.remaining() > MAX_BYTES_WITHOUT_RECORDS) {
            return Optional.of("a " + known + " request of " + frame.remaining() + " bytes; at most "
                    + MAX_BYTES_WITHOUT_RECORDS + " are allowed");
        }
        boolean isAnswerable = known == ApiKeys.API_VERSIONS || known.isVersionSupported(version);
        return isAnswerable ? Optional.empty() : Optional.of(known + " version " + version + " is not known");
    }

    private void handle(ChannelHandlerContext context, ApiRequest request, int bytes) {
        ResponseOrderer.Slot slot = orderer().next(bytes);
        CompletableFuture<ApiResponse> response = router.handle(request);
        if (request.header().apiKey() == ApiKeys.FETCH) {
            fetch = response;
        }
        var unused = response.whenComplete((answer, failure) -> {
            if (context.executor().inEventLoop()) {
                answer(context, request, slot, answer, failure);
            } else {
                context.executor().execute(() -> answer(context, request, slot, answer, failure));
            }
        });
    }

    private ResponseOrderer orderer() {
        ResponseOrderer current = orderer;
        if (current == null) {
            throw new IllegalStateException("the connection is not active yet");
        }
        return current;
    }

    private void answer(
            ChannelHandlerContext context,
            ApiRequest request,
            ResponseOrderer.Slot slot,
            @Nullable ApiResponse answer,
            @Nullable Throwable failure) {
        if (request.header().apiKey() == ApiKeys.FETCH) {
            fetch = null;
        }
        if (closing) {
            if (answer != null) {
                answer.discard();
            }
            return;
        }
        try {
            if (answer instanceof ApiResponse.Answer ready) {
                complete(context, slot, encode(request, ready.body()));
            } else if (answer instanceof ApiResponse.NoAnswer) {
                complete(context, slot, null);
            } else if (answer instanceof ApiResponse.CloseConnection close) {
                reject(context, close.reason());
            } else {
                throw new IllegalStateException("no answer", failure);
            }
        } catch (RuntimeException e) {
            if (answer != null) {
                answer.discard();
            }
            // Without this one the client would wait for all that follow.
            LOG.atError()
                    .addKeyValue("api", request.header().apiKey())
                    .addKeyValue("version", request.version())
                    .setCause(e)
                    .log("connection closed: a request could not be answered");
            closing = true;
            var unused = context.close();
        }
    }

    private static EncodedResponse encode(ApiRequest request, AbstractResponse body) {
        return EncodedResponse.of(body.toSend(request.header().toResponseHeader(), request.version()));
    }

    private void respond(
            ChannelHandlerContext context, ResponseOrderer.Slot slot, int correlationId, AbstractResponse versionZero) {
        RequestHeader header = new RequestHeader(ApiKeys.API_VERSIONS, (short) 0, "", correlationId);
        complete(context, slot, EncodedResponse.of(versionZero.toSend(header.toResponseHeader(), (short) 0)));
    }

    private void complete(
            ChannelHandlerContext context, ResponseOrderer.Slot slot, @Nullable EncodedResponse response) {
        orderer().complete(slot, response);
        context.flush();
        goOn(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        goOn(context);
    }

    /** Nobody waits for what is under way any more; a long poll would be kept for as long as its client had liked. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closing = true;
        waiting.clear();
        waitingBytes = 0;
        CompletableFuture<ApiResponse> abandoned = fetch;
        if (abandoned != null) {
            abandoned.cancel(false);
        }
        orderer().close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            // A client that waits for an answer is not idle; one that does not take its answers is.
            if (orderer().inFlight() == 0) {
                var unused = context.close();
            }
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            reject(context, String.valueOf(cause.getMessage()));
        } else if (cause instanceof IOException) {
            LOG.debug("connection of {} broke: {}", context.channel().remoteAddress(), cause.getMessage());
            var unused = context.close();
        } else {
            LOG.atError()
                    .addKeyValue("connection", context.channel().remoteAddress())
                    .setCause(cause)
                    .log("connection closed after an unexpected failure");
            var unused = context.close();
        }
    }

    private void reject(ChannelHandlerContext context, String reason) {
        if (!closing) {
            closing = true;
            rejections.warn(
                    "connection closed", String.valueOf(context.channel().remoteAddress()), reason);
            var unused = context.close();
        }
    }
}
