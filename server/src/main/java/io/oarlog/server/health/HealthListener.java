package io.oarlog.server.health;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP, with JSON: {@code GET /live} with 200 always, {@code GET /ready} with 200 or 503 and the reasons. The JDK's
 * server, which needs no more than it has. Thread-safe.
 */
public final class HealthListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthListener.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BACKLOG = 50;
    private static final String SECONDS_FOR_A_REQUEST = "10";

    private final HttpServer server;

    private HealthListener(HttpServer server) {
        this.server = server;
    }

    /**
     * Binds the address and answers from then on.
     *
     * @param threads that read requests and answer them; each is held up by a slow client for 10 s at most. Not shut down here
     * @throws IOException when it cannot be bound
     */
    public static HealthListener start(
            InetSocketAddress address, Supplier<Readiness> readiness, ExecutorService threads) throws IOException {
        // Without limits otherwise; read once, when the first server is made.
        for (String limit : new String[] {"sun.net.httpserver.maxReqTime", "sun.net.httpserver.maxRspTime"}) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, SECONDS_FOR_A_REQUEST);
            }
        }
        HttpServer server;
        try {
            server = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new IOException("cannot listen for HTTP at " + address + ": " + e.getMessage(), e);
        }
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, 404, Map.of("paths", new String[] {"/live", "/ready"})));
        server.createContext("/live", exchange -> answer(exchange, 200, Map.of("live", true)));
        server.createContext("/ready", exchange -> {
            Readiness found = readiness.get();
            answer(exchange, found.isReady() ? 200 : 503, found);
        });
        server.start();
        return new HealthListener(server);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private static void answer(HttpExchange exchange, int status, Object body) {
        try (exchange) {
            String method = exchange.getRequestMethod();
            boolean isKnown = method.equals("GET") || method.equals("HEAD");
            byte[] bytes = JSON.writeValueAsBytes(isKnown ? body : Map.of("methods", new String[] {"GET", "HEAD"}));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            boolean hasBody = !method.equals("HEAD");
            exchange.sendResponseHeaders(isKnown ? status : 405, hasBody ? bytes.length : -1);
            if (hasBody) {
                exchange.getResponseBody().write(bytes);
            }
        } catch (IOException e) {
            LOG.debug("a client of HTTP went away: {}", e.toString());
        }
    }

    /** Whoever waits for an answer gets none. */
    @Override
    public void close() {
        server.stop(0);
    }
}
