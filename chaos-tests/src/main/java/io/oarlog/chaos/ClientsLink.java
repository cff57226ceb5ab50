package io.oarlog.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.nemesis.Roles;
import io.oarlog.chaos.workload.Status;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The process of the clients, as the run sees it. Thread-safe. */
final class ClientsLink implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);
    private static final int LOOK_MILLIS = 500;

    private final Process process;
    private final BufferedWriter orders; // guarded by itself
    private final double flowing;
    private final Consumer<Status> watcher;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final Thread reader;
    private volatile @Nullable Status last;

    /**
     * Begins to listen.
     *
     * @param flowing sends acknowledged in a second: from then on the cluster is in use
     * @param watcher is told each status, by a thread of this link
     */
    ClientsLink(Process process, double flowing, Consumer<Status> watcher) {
        this.process = process;
        this.flowing = flowing;
        this.orders = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.watcher = watcher;
        this.reader = new Thread(this::read, "clients");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("{")) {
                    continue; // a word of the JVM's
                }
                Status status = JSON.readValue(line, Status.class);
                last = status;
                if (status.ok() >= flowing) {
                    begun.countDown();
                }
                watcher.accept(status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the clients say what is no status; see clients.log", e);
        } finally {
            begun.countDown();
        }
    }

    /**
     * Waits until sends are acknowledged, some each second.
     *
     * @param trouble looked at now and then: what makes it vain to wait
     */
    void awaitBegin(Duration limit, Supplier<Optional<String>> trouble) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!begun.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            Optional<String> found = trouble.get();
            if (found.isPresent()) {
                throw new RunFailedException(found.get());
            }
            if (System.nanoTime() > deadline) {
                throw new RunFailedException("the clients did not begin in " + limit.toSeconds()
                        + " s: the cluster does not serve; see clients.log and node-*/broker.log");
            }
        }
        if (!process.isAlive()) {
            throw new RunFailedException("the clients ended before they began; see clients.log");
        }
    }

    Roles roles() {
        Status status = last;
        return status == null
                ? Roles.UNKNOWN
                : new Roles(new HashSet<>(status.leaders()), status.metadata(), status.coordinator());
    }

    void order(String line) {
        try {
            synchronized (orders) {
                orders.write(line + "\n");
                orders.flush();
            }
        } catch (IOException e) {
            throw new RunFailedException("the clients are gone; see clients.log");
        }
    }

    /**
     * Waits until they have read everything.
     *
     * @return whether they have
     * @throws RunFailedException if they ended otherwise: then nothing is known
     */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        boolean isEnded = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (isEnded && process.exitValue() != 0) {
            throw new RunFailedException("the clients ended with code " + process.exitValue() + "; see clients.log");
        }
        return isEnded;
    }

    /** Lets them end their histories with a whole line; who does not is killed. */
    @Override
    public void close() {
        try {
            synchronized (orders) {
                orders.close();
            }
            if (!process.waitFor(CLOSE_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
