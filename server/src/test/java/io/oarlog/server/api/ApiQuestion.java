package io.oarlog.server.api;

import io.oarlog.metadata.BrokerEndpoint;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** Asks a handler as a client on this machine does, and waits for the answer. */
public final class ApiQuestion {
    private static final int LIMIT_SECONDS = 60;

    private ApiQuestion() {}

    /** @param parse of the request's class */
    static AbstractResponse ask(
            ApiHandler handler,
            ApiMessage request,
            short version,
            BiFunction<Readable, Short, ? extends AbstractRequest> parse) {
        return begin(handler, request, version, parse)
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** As {@link #ask}, without the wait. */
    public static CompletableFuture<AbstractResponse> begin(
            ApiHandler handler,
            ApiMessage request,
            short version,
            BiFunction<Readable, Short, ? extends AbstractRequest> parse) {
        AbstractRequest body = parse.apply(
                new ByteBufferAccessor(
                        MessageUtil.toByteBufferAccessor(request, version).buffer()),
                version);
        ApiRequest asked = new ApiRequest(
                new RequestHeader(body.apiKey(), version, "test", 1),
                body,
                InetAddress.getLoopbackAddress(),
                new ClientPath(BrokerEndpoint.ONLY_LISTENER, InetAddress.getLoopbackAddress()));
        return handler.handle(asked).thenApply(response -> ((ApiResponse.Answer) response).body());
    }
}
