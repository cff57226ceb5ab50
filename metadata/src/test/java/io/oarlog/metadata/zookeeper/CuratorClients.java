package io.oarlog.metadata.zookeeper;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Curator's clients of the {@link SharedEnsemble} for one test, and threads. Confined to the test's thread. */
@SuppressWarnings("NullAway.Init") // set before each test
final class CuratorClients implements BeforeEachCallback, AfterEachCallback {
    private static final AtomicInteger ROOTS = new AtomicInteger();
    private static final int SESSION_MILLIS = 10_000;
    private static final int CONNECT_MILLIS = 10_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private String root;
    private String address;
    private ExecutorService threads;

    @Override
    public void beforeEach(ExtensionContext context) {
        int test = ROOTS.incrementAndGet();
        // One for all clients of a test: between nodes nothing is promised without a sync.
        address = SharedEnsemble.of(context).address(1 + test % Ensemble.NODES);
        root = "/curator-" + test;
        threads = Executors.newCachedThreadPool();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        threads.shutdownNow();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    String path(String name) {
        return root + "/" + name;
    }

    ExecutorService threads() {
        return threads;
    }

    /** Connected, with a session of its own. */
    CuratorFramework connect() throws InterruptedException {
        CuratorFramework client = closeLater(client(address));
        client.start();
        client.blockUntilConnected((int) Ensemble.LIMIT.toSeconds(), TimeUnit.SECONDS);
        return client;
    }

    static CuratorFramework client(String connectString) {
        return CuratorFrameworkFactory.newClient(
                connectString, SESSION_MILLIS, CONNECT_MILLIS, new ExponentialBackoffRetry(50, 8, 1_000));
    }

    /** Closed before what was opened earlier. */
    <T extends AutoCloseable> T closeLater(T closeable) {
        opened.add(closeable);
        return closeable;
    }
}
