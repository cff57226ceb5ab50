package io.oarlog.client;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.jspecify.annotations.Nullable;

/**
 * A broker on a loopback port that decodes real requests and answers as its script says. One thread for each connection,
 * which also runs the script: a script may block, and then only that connection waits.
 */
final class ScriptedBroker implements AutoCloseable {
    /** What the broker does with a request. */
    @FunctionalInterface
    interface Script {
        /**
         * Returns the answer; null for none.
         *
         * @throws IOException to drop the connection
         */
        @Nullable
        ApiMessage answer(Request request) throws IOException;
    }

    /** A request, and ways to answer it other than properly. */
    static final class Request {
        private final RequestHeader header;
        private final ApiMessage body;
        private final Socket socket;

        private Request(RequestHeader header, ApiMessage body, Socket socket) {
            this.header = header;
            this.body = body;
            this.socket = socket;
        }

        ApiKeys api() {
            return header.apiKey();
        }

        short version() {
            return header.apiVersion();
        }

        <T extends ApiMessage> T body(Class<T> type) {
            return type.cast(body);
        }

        /** Writes bytes as they are, without length or header. */
        void writeRaw(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Drops the connection now; the script can go on. */
        void drop() throws IOException {
            socket.close();
        }
    }

    private final ServerSocket server;
    private final Script script;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Map<ApiKeys, Short> maxVersions = new EnumMap<>(ApiKeys.class);
    private final AtomicInteger connections = new AtomicInteger();
    private final Thread acceptor;
    private volatile boolean hung;

    private ScriptedBroker(Script script, int port) {
        this.script = script;
        try {
            this.server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.acceptor = daemon(this::accept, "accept");
    }

    static ScriptedBroker start(Script script) {
        return start(script, 0);
    }

    static ScriptedBroker start(Script script, int port) {
        ScriptedBroker broker = new ScriptedBroker(script, port);
        broker.acceptor.start();
        return broker;
    }

    /** From now on the broker claims not to know later versions of an API. */
    ScriptedBroker withMaxVersion(ApiKeys api, int version) {
        maxVersions.put(api, (short) version);
        return this;
    }

    int port() {
        return server.getLocalPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    /** How many connections were made so far. */
    int connections() {
        return connections.get();
    }

    /** Takes requests from now on and answers none, as a process that was stopped does. */
    void hang() {
        hung = true;
    }

    private Thread daemon(Runnable task, String role) {
        Thread thread = new Thread(task, "scripted-broker-" + port() + "-" + role);
        thread.setDaemon(true);
        return thread;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                int number = connections.incrementAndGet();
                daemon(() -> serve(socket), Integer.toString(number)).start();
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                respond(ByteBuffer.wrap(frame), socket, out);
            }
        } catch (IOException e) {
            // The client has gone, or the script wants it so.
        } finally {
            sockets.remove(socket);
        }
    }

    private void respond(ByteBuffer frame, Socket socket, DataOutputStream out) throws IOException {
        ByteBuffer start = frame.duplicate();
        short api = start.getShort();
        short version = start.getShort();
        if (api == ApiKeys.API_VERSIONS.id && version > maxVersion(ApiKeys.API_VERSIONS)) {
            ResponseHeaderData refused = new ResponseHeaderData().setCorrelationId(start.getInt());
            write(out, RequestUtils.serialize(refused, (short) 0, apiVersions(Errors.UNSUPPORTED_VERSION), (short) 0));
            return;
        }
        RequestHeader header = RequestHeader.parse(frame);
        ApiMessage body = header.apiKey().messageType.newRequest();
        body.read(new ByteBufferAccessor(frame), header.apiVersion());
        ApiMessage answer = header.apiKey() == ApiKeys.API_VERSIONS
                ? apiVersions(Errors.NONE)
                : script.answer(new Request(header, body, socket));
        if (answer != null && !hung) {
            write(
                    out,
                    RequestUtils.serialize(
                            header.toResponseHeader().data(),
                            header.apiKey().responseHeaderVersion(header.apiVersion()),
                            answer,
                            header.apiVersion()));
        }
    }

    private static void write(DataOutputStream out, ByteBuffer body) throws IOException {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    private short maxVersion(ApiKeys api) {
        return maxVersions.getOrDefault(api, api.latestVersion());
    }

    /** A refusal names ApiVersions only. */
    private ApiVersionsResponseData apiVersions(Errors error) {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setErrorCode(error.code());
        for (ApiKeys api : error == Errors.NONE ? ApiKeys.clientApis() : Set.of(ApiKeys.API_VERSIONS)) {
            data.apiKeys()
                    .add(new ApiVersion()
                            .setApiKey(api.id)
                            .setMinVersion(api.oldestVersion())
                            .setMaxVersion(maxVersion(api)));
        }
        return data;
    }

    /** Drops all connections; new ones are welcome. */
    void dropConnections() {
        for (Socket socket : sockets) {
            closeQuietly(socket);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * As if the process were killed: on return nobody can connect. A thread inside {@code accept()} may still accept one
     * connection that comes after the server socket was closed, so its end is waited for.
     */
    @Override
    public void close() {
        try {
            server.close();
            acceptor.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        dropConnections();
    }
}
