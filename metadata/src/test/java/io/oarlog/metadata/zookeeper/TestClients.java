package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Apache ZooKeeper's own clients of the {@link SharedEnsemble} for one test, and a znode of its own. Closes what the test has
 * connected. Confined to the test's thread.
 */
@SuppressWarnings("NullAway.Init") // set before each test
final class TestClients implements BeforeEachCallback, AfterEachCallback {
    static final int TIMEOUT_MILLIS = 10_000;
    private static final AtomicInteger ROOTS = new AtomicInteger();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Ensemble ensemble;
    private ZooKeeper zk;
    private String root;
    private String address;

    /** What a call of a client may throw. */
    @FunctionalInterface
    interface Call {
        void run() throws Exception;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        ensemble = SharedEnsemble.of(context);
        int test = ROOTS.incrementAndGet();
        address = ensemble.address(1 + test % Ensemble.NODES);
        zk = connect();
        root = "/test-" + test;
        zk.create(root, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    Ensemble ensemble() {
        return ensemble;
    }

    /** The test's first client. */
    ZooKeeper zk() {
        return zk;
    }

    /** A znode that exists and that no other test knows. */
    String root() {
        return root;
    }

    String path(String name) {
        return root + "/" + name;
    }

    ZooKeeper connect() throws IOException {
        return connect(address, new Events());
    }

    /** Of the node at which the clients of this test are: between nodes nothing is promised without a sync. */
    String address() {
        return address;
    }

    ZooKeeper connectTo(int node) throws IOException {
        return connect(ensemble.address(node), new Events());
    }

    /** Returns when the session is there. */
    ZooKeeper connect(String connectString, Events events) throws IOException {
        return connected(closeLater(new ZooKeeper(connectString, TIMEOUT_MILLIS, events)), events);
    }

    /** Another client object for a session that there is. */
    ZooKeeper attach(int node, long sessionId, byte[] password, Events events) throws IOException {
        return closeLater(new ZooKeeper(ensemble.address(node), TIMEOUT_MILLIS, events, sessionId, password));
    }

    private static ZooKeeper connected(ZooKeeper client, Events events) {
        await().atMost(Ensemble.LIMIT)
                .until(() -> events.isConnected() && client.getState().isConnected());
        return client;
    }

    RawConnection raw(int node) throws IOException {
        return closeLater(RawConnection.open(ensemble.address(node)));
    }

    <T extends AutoCloseable> T closeLater(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    String create(String name) throws Exception {
        return zk.create(path(name), new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    String create(String name, CreateMode mode) throws Exception {
        return zk.create(path(name), new byte[0], Ids.OPEN_ACL_UNSAFE, mode);
    }

    static void assertError(KeeperException.Code expected, Call call) {
        assertThat(codeOf(call)).isEqualTo(expected);
    }

    /** What the call fails with, {@link KeeperException.Code#OK} when it does not. */
    static KeeperException.Code codeOf(Call call) {
        try {
            call.run();
            return KeeperException.Code.OK;
        } catch (KeeperException e) {
            return e.code();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
