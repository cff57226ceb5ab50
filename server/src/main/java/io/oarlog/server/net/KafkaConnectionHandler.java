package io.oarlog.server.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.IdleStateEvent;
import io.oarlog.server.api.ApiRequest;
import io.oarlog.server.api.ApiResponse;
import io.oarlog.server.api.ApiRouter;
import java.io.IOException;
import java.nio.ByteBuffer;
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

    private final ApiRouter router;
    private final ListenerSettings settings;
    private final ThrottledLog rejections;
    private @Nullable ResponseOrderer orderer;
    private boolean closing;

    KafkaConnectionHandler(ApiRouter router, ListenerSettings settings, ThrottledLog rejections) {
        this.router = router;
        this.settings = settings;
        this.rejections = rejections;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        orderer = new ResponseOrderer(buffers -> {
            // A failed write ends the connection by exceptionCaught.
            var unused = context.write(Unpooled.wrappedBuffer(buffers), context.voidPromise());
        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuffer frame) {
        if (closing) {
            return;
        }
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
                respond(context, nextSlot(bytes), header.correlationId(), router.unsupportedApiVersions());
                return;
            }
            AbstractRequest body = AbstractRequest.parseRequest(
                            header.apiKey(), header.apiVersion(), new ByteBufferAccessor(frame))
                    .request;
            if (frame.hasRemaining()) {
                reject(context, frame.remaining() + " bytes follow a " + header.apiKey() + " request");
                return;
            }
            request = new ApiRequest(header, body);
        } catch (RuntimeException e) {
            // The codec throws whatever the bytes provoke: none of it is our state.
            reject(context, "a request that cannot be parsed: " + e);
            return;
        }
        handle(context, request, bytes);
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
        boolean isAnswerable = known == ApiKeys.API_VERSIONS || known.isVersionSupported(version);
        return isAnswerable ? Optional.empty() : Optional.of(known + " version " + version + " is not known");
    }

    private void handle(ChannelHandlerContext context, ApiRequest request, int bytes) {
        ResponseOrderer.Slot slot = nextSlot(bytes);
        CompletableFuture<ApiResponse> response = router.handle(request);
        var unused = response.whenComplete((answer, failure) -> {
            if (context.executor().inEventLoop()) {
                answer(context, request, slot, answer);
            } else {
                context.executor().execute(() -> answer(context, request, slot, answer));
            }
        });
        readAsFarAsAllowed(context);
    }

    private ResponseOrderer.Slot nextSlot(int bytes) {
        return orderer().next(bytes);
    }

    private ResponseOrderer orderer() {
        ResponseOrderer current = orderer;
        if (current == null) {
            throw new IllegalStateException("the connection is not active yet");
        }
        return current;
    }

    private void answer(
            ChannelHandlerContext context, ApiRequest request, ResponseOrderer.Slot slot, ApiResponse answer) {
        if (answer instanceof ApiResponse.Answer ready) {
            complete(context, slot, encode(request, ready.body()));
        } else if (answer instanceof ApiResponse.NoAnswer) {
            complete(context, slot, null);
        } else if (answer instanceof ApiResponse.CloseConnection close) {
            reject(context, close.reason());
        } else {
            throw new AssertionError(answer);
        }
    }

    private static ByteBuffer[] encode(ApiRequest request, AbstractResponse body) {
        return CapturedSend.buffers(body.toSend(request.header().toResponseHeader(), request.version()));
    }

    private void respond(
            ChannelHandlerContext context, ResponseOrderer.Slot slot, int correlationId, AbstractResponse versionZero) {
        RequestHeader header = new RequestHeader(ApiKeys.API_VERSIONS, (short) 0, "", correlationId);
        complete(context, slot, CapturedSend.buffers(versionZero.toSend(header.toResponseHeader(), (short) 0)));
    }

    private void complete(ChannelHandlerContext context, ResponseOrderer.Slot slot, ByteBuffer @Nullable [] response) {
        orderer().complete(slot, response);
        context.flush();
        readAsFarAsAllowed(context);
    }

    /** Stops reading while too much of this client is unanswered or unsent, and goes on afterwards. */
    private void readAsFarAsAllowed(ChannelHandlerContext context) {
        boolean allowed = orderer().inFlight() < settings.maxInFlightRequests()
                && orderer().inFlightBytes() < settings.maxInFlightBytes()
                && context.channel().isWritable();
        if (context.channel().config().isAutoRead() != allowed) {
            context.channel().config().setAutoRead(allowed);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        readAsFarAsAllowed(context);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            var unused = context.close();
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
