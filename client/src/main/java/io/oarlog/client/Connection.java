package io.oarlog.client;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection to a broker: handshake, correlation ids, request timeouts. Confined to the event loop.
 *
 * <pre>
 * CONNECTING --connected--> HANDSHAKING --ApiVersions answered--> READY
 *      |                         |                                  |
 *      +-------- refused, lost, timed out, garbage, close() --------+--> CLOSED
 * </pre>
 *
 * <p>A broker answers the requests of a connection in their order, so the first answer belongs to the oldest request.
 * When the connection ends, all its requests fail with {@link ConnectionLostException}, oldest first; there is no way
 * back from CLOSED.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final String SOFTWARE_NAME = "oarlog-client";
    private static final String SOFTWARE_VERSION = "0.1";

    private enum State {
        CONNECTING,
        HANDSHAKING,
        READY,
        CLOSED
    }

    private record InFlight(
            Api api,
            short version,
            int correlationId,
            long sentAtNanos,
            long deadlineNanos,
            CompletableFuture<ApiMessage> answer) {}

    private final IoLoop loop;
    private final Endpoint endpoint;
    private final ConnectionSettings settings;
    private final CompletableFuture<Connection> ready = new CompletableFuture<>();
    private final CompletableFuture<Throwable> closed = new CompletableFuture<>();
    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private State state = State.CONNECTING;
    private @Nullable TcpChannel channel;
    private @Nullable ApiVersionTable versions;
    private @Nullable ScheduledTask timeoutCheck;
    private int nextCorrelationId;

    private Connection(IoLoop loop, Endpoint endpoint, ConnectionSettings settings) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.settings = settings;
    }

    /** Starts to connect. */
    static Connection open(IoLoop loop, Endpoint endpoint, ConnectionSettings settings) {
        Connection connection = new Connection(loop, endpoint, settings);
        connection.connect();
        return connection;
    }

    private void connect() {
        var unused =
                loop.connect(endpoint, settings.connectTimeout(), new Inbound()).whenComplete(this::onConnected);
    }

    private void onConnected(@Nullable TcpChannel opened, @Nullable Throwable failure) {
        if (opened == null) {
            close(new ConnectionLostException("cannot connect to " + endpoint, failure));
        } else if (state == State.CLOSED) {
            opened.close();
        } else {
            channel = opened;
            state = State.HANDSHAKING;
            handshake(Api.API_VERSIONS.latestVersion());
        }
    }

    /** KIP-511: a broker that does not know our version answers in version 0 and names the ones that it knows. */
    private void handshake(short version) {
        ApiVersionsRequestData request = new ApiVersionsRequestData();
        if (version >= 3) {
            request.setClientSoftwareName(SOFTWARE_NAME).setClientSoftwareVersion(SOFTWARE_VERSION);
        }
        var unused = write(Api.API_VERSIONS, version, request, settings.requestTimeout())
                .thenAccept(answer -> onHandshake(version, (ApiVersionsResponseData) answer))
                .exceptionally(failure -> {
                    close(new ConnectionLostException("handshake with " + endpoint + " failed", failure));
                    return null;
                });
    }

    private void onHandshake(short version, ApiVersionsResponseData answer) {
        WireError error = WireError.forCode(answer.errorCode());
        if (error == WireError.UNSUPPORTED_VERSION && version > 0) {
            var theirs = answer.apiKeys().find(Api.API_VERSIONS.id());
            handshake(theirs == null ? 0 : (short) Math.min(theirs.maxVersion(), version - 1));
        } else if (error != WireError.NONE) {
            close(new ConnectionLostException("handshake with " + endpoint + " was refused: " + error, null));
        } else {
            versions = new ApiVersionTable(answer.apiKeys());
            state = State.READY;
            ready.complete(this);
        }
    }

    Endpoint endpoint() {
        return endpoint;
    }

    boolean isReady() {
        return state == State.READY;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Completes when requests can be sent, or fails with {@link ConnectionLostException}. */
    CompletableFuture<Connection> whenReady() {
        return ready;
    }

    /** Completes with the reason when the connection has ended, after its requests have failed. */
    CompletableFuture<Throwable> whenClosed() {
        return closed;
    }

    int inFlightRequests() {
        return inFlight.size();
    }

    /** How long the oldest request has been waiting for its answer; 0 when none is. */
    long oldestRequestAgeNanos() {
        InFlight oldest = inFlight.peekFirst();
        return oldest == null ? 0 : loop.nowNanos() - oldest.sentAtNanos();
    }

    boolean knows(Api api) {
        ApiVersionTable known = versions;
        return known != null && known.knows(api);
    }

    /**
     * Sends a request on a ready connection.
     *
     * @param waitBeyondTimeout what the broker may take on top of the request timeout (long poll)
     * @return completes on the loop with the answer's message; fails with {@link ConnectionLostException} (the request
     *     may have taken effect) or {@link UnsupportedApiException} (it was not sent)
     */
    <R extends ApiMessage> CompletableFuture<R> send(
            Api api, ApiMessage request, Class<R> answerType, Duration waitBeyondTimeout) {
        ApiVersionTable known = versions;
        if (state != State.READY || known == null) {
            return CompletableFuture.failedFuture(notSent("connection to " + endpoint + " is " + state));
        }
        if (inFlight.size() >= settings.maxInFlight()) {
            return CompletableFuture.failedFuture(notSent("too many requests in flight to " + endpoint));
        }
        try {
            short version = known.version(api);
            return write(api, version, request, settings.requestTimeout().plus(waitBeyondTimeout))
                    .thenApply(answerType::cast);
        } catch (UnsupportedApiException e) {
            return CompletableFuture.failedFuture(e);
        } catch (UnsupportedVersionException e) {
            // The version that we have in common cannot say what this request says.
            return CompletableFuture.failedFuture(new UnsupportedApiException(api + ": " + e.getMessage()));
        }
    }

    /** Sends a request that gets no answer (produce with acks 0); completes when the socket has taken it. */
    CompletableFuture<Void> sendWithoutAnswer(Api api, ApiMessage request) {
        ApiVersionTable known = versions;
        TcpChannel current = channel;
        if (state != State.READY || known == null || current == null) {
            return CompletableFuture.failedFuture(notSent("connection to " + endpoint + " is " + state));
        }
        CompletableFuture<Void> written = new CompletableFuture<>();
        ByteBuffer frame = RequestFrame.of(api, known.version(api), settings.clientId(), nextCorrelationId++, request);
        var unused = current.write(frame).whenComplete((ok, failure) -> {
            if (failure == null) {
                written.complete(null);
            } else {
                written.completeExceptionally(notSent("connection to " + endpoint + " is lost"));
            }
        });
        return written;
    }

    private ConnectionLostException notSent(String reason) {
        return new ConnectionLostException(reason, null);
    }

    private CompletableFuture<ApiMessage> write(Api api, short version, ApiMessage request, Duration timeout) {
        CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
        TcpChannel current = channel;
        if (current == null) {
            answer.completeExceptionally(notSent("connection to " + endpoint + " is " + state));
            return answer;
        }
        int correlationId = nextCorrelationId++;
        ByteBuffer frame = RequestFrame.of(api, version, settings.clientId(), correlationId, request);
        long now = loop.nowNanos();
        inFlight.addLast(new InFlight(api, version, correlationId, now, now + timeout.toNanos(), answer));
        var unused = current.write(frame).whenComplete((ok, failure) -> {
            if (failure != null) {
                close(new ConnectionLostException("cannot write to " + endpoint, failure));
            }
        });
        watchTimeouts();
        return answer;
    }

    private void watchTimeouts() {
        if (timeoutCheck == null && !inFlight.isEmpty()) {
            long nearest = Long.MAX_VALUE;
            long now = loop.nowNanos();
            for (InFlight request : inFlight) {
                nearest = Math.min(nearest, request.deadlineNanos() - now);
            }
            timeoutCheck = loop.schedule(this::onTimeoutCheck, nearest);
        }
    }

    private void onTimeoutCheck() {
        timeoutCheck = null;
        long now = loop.nowNanos();
        for (InFlight request : inFlight) {
            if (request.deadlineNanos() - now <= 0) {
                close(new ConnectionLostException(endpoint + " did not answer " + request.api() + " in time", null));
                return;
            }
        }
        watchTimeouts();
    }

    private void onResponse(ByteBuffer frame) {
        InFlight request = inFlight.peekFirst();
        if (request == null) {
            throw new ConnectionLostException("an answer to no request", null);
        }
        Api api = request.api();
        short version = request.version();
        int correlationId = correlationId(frame, api.responseHeaderVersion(version));
        if (correlationId != request.correlationId()) {
            throw new ConnectionLostException(
                    "answer to request " + correlationId + ", expected " + request.correlationId(), null);
        }
        ApiMessage answer = api == Api.API_VERSIONS ? apiVersions(frame, version) : decode(api, frame, version);
        inFlight.removeFirst();
        request.answer().complete(answer);
    }

    private static int correlationId(ByteBuffer frame, short headerVersion) {
        return new ResponseHeaderData(new ByteBufferAccessor(frame), headerVersion).correlationId();
    }

    private static ApiMessage decode(Api api, ByteBuffer frame, short version) {
        ApiMessage answer = api.newAnswer();
        answer.read(new ByteBufferAccessor(frame), version);
        return answer;
    }

    private static ApiMessage apiVersions(ByteBuffer frame, short version) {
        ByteBuffer again = frame.duplicate();
        try {
            return decode(Api.API_VERSIONS, frame, version);
        } catch (RuntimeException e) {
            if (version == 0) {
                throw e;
            }
            // The refusal of a version comes in version 0, whatever was asked.
            return decode(Api.API_VERSIONS, again, (short) 0);
        }
    }

    /** Ends the connection and fails its requests with the reason, oldest first. */
    void close(ConnectionLostException reason) {
        if (state == State.CLOSED) {
            return;
        }
        LOG.atDebug().addKeyValue("endpoint", endpoint).setCause(reason).log("connection closed");
        state = State.CLOSED;
        if (timeoutCheck != null) {
            timeoutCheck.cancel();
        }
        if (channel != null) {
            channel.close();
        }
        List<InFlight> lost = new ArrayList<>(inFlight);
        inFlight.clear();
        lost.forEach(request -> request.answer().completeExceptionally(reason));
        ready.completeExceptionally(reason);
        closed.complete(reason);
    }

    /** What the socket brings. */
    private final class Inbound implements TcpChannel.Receiver {
        private final ResponseFrames frames = new ResponseFrames(settings.maxResponseBytes());

        @Override
        public void onBytes(ByteBuffer bytes) {
            ByteBuffer frame = frames.next(bytes);
            while (frame != null && state != State.CLOSED) {
                onResponse(frame);
                frame = frames.next(bytes);
            }
        }

        @Override
        public void onEnd(@Nullable Throwable cause) {
            close(new ConnectionLostException(
                    "connection to " + endpoint
                            + (cause == null ? " was closed by the other side" : " failed: " + cause.getMessage()),
                    cause));
        }
    }
}
