package io.oarlog.benchmarks;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/**
 * One ZooKeeper client that keeps a number of requests outstanding. A run is confined to the client's event thread; {@link
 * #run} may be called by any, one after the other.
 */
final class PipelinedClient implements AutoCloseable {
    /** Requests that a client has sent and not heard of. */
    static final int OUTSTANDING = 16;

    private static final int SESSION_MILLIS = 30_000;
    private static final long MOST_MICROS = TimeUnit.SECONDS.toMicros(60);

    private final ZooKeeper client;
    private final String own;
    private final LongAdder losses;
    private final byte[] data = ZnodeOperation.data();

    private PipelinedClient(ZooKeeper client, String own, LongAdder losses) {
        this.client = client;
        this.own = own;
        this.losses = losses;
    }

    /**
     * Returns when the client has a session and its znode.
     *
     * @param own does not exist, its parent does
     * @param losses counts the requests of this client that were lost with its connection; they are asked again
     */
    static PipelinedClient connect(String address, String own, LongAdder losses)
            throws IOException, InterruptedException, KeeperException {
        PipelinedClient connected = new PipelinedClient(connect(address), own, losses);
        connected.createOwn();
        return connected;
    }

    private void createOwn() throws InterruptedException, KeeperException {
        boolean isLost = false;
        while (true) {
            try {
                client.create(own, data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                return;
            } catch (KeeperException.ConnectionLossException e) {
                isLost = true;
                losses.increment();
            } catch (KeeperException.NodeExistsException e) {
                if (!isLost) {
                    throw e;
                }
                return; // by the request that was lost
            }
        }
    }

    /** Returns when the client has a session. */
    static ZooKeeper connect(String connectString) throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(connectString, SESSION_MILLIS, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        if (!connected.await(SESSION_MILLIS, TimeUnit.MILLISECONDS)) {
            client.close();
            throw new IOException("no session at " + connectString);
        }
        return client;
    }

    /**
     * Asks until a point in time. What is lost with a connection is counted and asked again.
     *
     * @return latencies in microseconds of what was answered in that time, when nothing is outstanding any more; fails when
     *     a request fails for another reason
     */
    CompletableFuture<Histogram> run(ZnodeOperation operation, long untilNanos) {
        Run run = new Run(operation, untilNanos);
        for (int i = 0; i < OUTSTANDING; i++) {
            run.send();
        }
        return run.result;
    }

    private final class Run {
        private final ZnodeOperation operation;
        private final long untilNanos;
        private final Histogram latencies = new Histogram(MOST_MICROS, 3);
        private final CompletableFuture<Histogram> result = new CompletableFuture<>();
        private int ended;

        Run(ZnodeOperation operation, long untilNanos) {
            this.operation = operation;
            this.untilNanos = untilNanos;
        }

        void send() {
            long sentNanos = System.nanoTime();
            operation.send(client, own, data, code -> onAnswer(sentNanos, code));
        }

        private void onAnswer(long sentNanos, int code) {
            long now = System.nanoTime();
            if (code == KeeperException.Code.CONNECTIONLOSS.intValue()) {
                losses.increment();
                send();
                return;
            }
            if (code != KeeperException.Code.OK.intValue()) {
                result.completeExceptionally(KeeperException.create(KeeperException.Code.get(code)));
                return;
            }
            if (now - untilNanos < 0) {
                latencies.recordValue(Math.min(MOST_MICROS, TimeUnit.NANOSECONDS.toMicros(now - sentNanos)));
                send();
            } else if (++ended == OUTSTANDING) {
                result.complete(latencies);
            }
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
