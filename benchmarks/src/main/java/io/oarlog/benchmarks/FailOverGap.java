package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.Ensemble;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** How long clients that write all the time cannot write after the leader was killed. */
final class FailOverGap {
    /** Some of them are clients of the node that is killed. */
    static final int WRITERS = 6;

    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private FailOverGap() {}

    /**
     * Kills the leader, which stays down.
     *
     * @param parent does not exist
     * @return the longest time in seconds in which one of the writers had no write acknowledged
     */
    static double measure(Ensemble ensemble, String parent) throws IOException, InterruptedException, KeeperException {
        List<Writer> writers = new ArrayList<>();
        try {
            for (int i = 0; i < WRITERS; i++) {
                writers.add(Writer.start(ensemble.connectString(), parent + i));
            }
            TimeUnit.NANOSECONDS.sleep(SETTLE_NANOS);
            ensemble.kill(ensemble.awaitLeader());
            long killed = System.nanoTime();
            awaitWritesAfter(killed, writers);
            return writers.stream().mapToLong(Writer::longestGapNanos).max().orElseThrow() / 1e9;
        } finally {
            for (Writer each : writers) {
                each.close();
            }
        }
    }

    /** And a while longer: the first write need not be the end of it. */
    private static void awaitWritesAfter(long killed, List<Writer> writers) throws IOException, InterruptedException {
        while (writers.stream().anyMatch(writer -> writer.lastWriteNanos() - killed <= SETTLE_NANOS)) {
            if (System.nanoTime() - killed > LIMIT_NANOS) {
                throw new IOException("a client could not write for a minute after the leader was killed");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Writes one after the other; after a failure at once again. */
    private static final class Writer implements AutoCloseable {
        private final ZooKeeper client;
        private final String path;
        private final byte[] data = ZnodeOperation.data();
        private final AtomicLong lastWriteNanos = new AtomicLong(System.nanoTime());
        private final AtomicLong longestGapNanos = new AtomicLong();
        private final Thread thread = new Thread(this::write, "gap-writer");

        private Writer(ZooKeeper client, String path) {
            this.client = client;
            this.path = path;
        }

        static Writer start(String connectString, String path)
                throws IOException, InterruptedException, KeeperException {
            ZooKeeper client = PipelinedClient.connect(connectString);
            client.create(path, ZnodeOperation.data(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            Writer writer = new Writer(client, path);
            writer.thread.start();
            return writer;
        }

        private void write() {
            while (client.getState().isAlive()) {
                try {
                    client.setData(path, data, -1);
                    long now = System.nanoTime();
                    longestGapNanos.accumulateAndGet(now - lastWriteNanos.getAndSet(now), Math::max);
                } catch (KeeperException e) {
                    Thread.onSpinWait(); // not served: asked again until the client is closed
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        long lastWriteNanos() {
            return lastWriteNanos.get();
        }

        long longestGapNanos() {
            return longestGapNanos.get();
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
                client.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
