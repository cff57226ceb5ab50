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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The process of the clients, as the run sees it. Thread-safe. */
final class ClientsLink implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Sends acknowledged in a second: from then on the cluster is in use. */
    private static final int FLOWING = 10;

    private final Process process;
    private final BufferedWriter orders; // guarded by itself
    private final Consumer<Status> watcher;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final Thread reader;
    private volatile @Nullable Status last;

    /** @param watcher is told each status, by a thread of this link */
    ClientsLink(Process process, Consumer<Status> watcher) {
        this.process = process;
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
                Status status = JSON.readValue(line, Status.class);
                last = status;
                if (status.ok() >= FLOWING) {
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

    /** Waits until sends are acknowledged, some each second. */
    void awaitBegin(Duration limit) throws InterruptedException {
        if (!begun.await(limit.toNanos(), TimeUnit.NANOSECONDS) || !process.isAlive()) {
            throw new RunFailedException("the clients did not begin in " + limit.toSeconds()
                    + " s: the cluster does not serve; see clients.log and node-*/broker.log");
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

    /** Waits until they have read everything. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
