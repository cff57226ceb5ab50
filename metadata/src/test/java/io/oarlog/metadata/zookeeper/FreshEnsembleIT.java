package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.StatsTrack;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.cli.ListQuotaCommand;
import org.apache.zookeeper.cli.SetQuotaCommand;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.quorum.flexible.QuorumMaj;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is in an ensemble before any client has changed anything. */
@Timeout(120)
class FreshEnsembleIT {
    @TempDir
    Path directory;

    @Test
    void shouldBeAsZooKeepersIs() throws Exception {
        try (Ensemble ensemble = Ensembles.start(directory)) {
            Events events = new Events();
            ZooKeeper zk = new ZooKeeper(ensemble.address(1), 10_000, events);
            try {
                await().atMost(Ensemble.LIMIT).until(events::isConnected);
                shouldHaveItsOwnZnodes(zk);
                shouldDescribeItself(zk);
                shouldNumberFromZero(zk);
                shouldKeepCountsForQuotas(zk);
            } finally {
                zk.close();
            }
            shouldNotMisleadCurator(ensemble);
        }
    }

    private static void shouldHaveItsOwnZnodes(ZooKeeper zk) throws Exception {
        Stat root = zk.exists("/", false);
        assertThat(root.getCversion()).isEqualTo(-1);
        assertThat(root.getPzxid()).isZero();
        assertThat(root.getCzxid()).isZero();
        assertThat(root.getVersion()).isZero();
        assertThat(zk.getChildren("/zookeeper", false)).containsExactlyInAnyOrder("config", "quota");
        assertThat(zk.exists("/zookeeper", false)).isEqualTo(new Stat(0, 0, 0, 0, 0, -2, 0, 0, 0, 2, 0));
        assertThat(zk.exists("/zookeeper/quota", false)).isEqualTo(new Stat(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        for (String open : new String[] {"/", "/zookeeper", "/zookeeper/quota"}) {
            assertThat(zk.getACL(open, null)).isEqualTo(Ids.OPEN_ACL_UNSAFE);
            assertError(Code.BADARGUMENTS, () -> zk.delete(open, -1));
        }
        assertThat(zk.getACL("/zookeeper/config", null)).isEqualTo(Ids.READ_ACL_UNSAFE);
        assertError(Code.NOAUTH, () -> zk.setData("/zookeeper/config", null, -1));
        assertError(Code.NOAUTH, () -> zk.setACL("/zookeeper/config", Ids.OPEN_ACL_UNSAFE, -1));
        assertError(Code.BADARGUMENTS, () -> zk.delete("/zookeeper/config", -1));
        assertError(
                Code.NOAUTH, () -> zk.create("/zookeeper/config/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    }

    private static void shouldDescribeItself(ZooKeeper zk) throws Exception {
        // The first clients may be faster than the node's own start.
        await().atMost(Ensemble.LIMIT).until(() -> zk.getConfig(false, new Stat()).length > 0);
        Stat stat = new Stat();
        byte[] data = zk.getConfig(false, stat);
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(data));
        assertThat(new QuorumMaj(properties).getVotingMembers()).containsOnlyKeys(1L, 2L, 3L);
        assertThat(new String(data, UTF_8)).startsWith("server.1=127.0.0.1:").contains("\nversion=");
        assertThat(stat.getVersion()).isEqualTo(-1);
        assertThat(stat.getAversion()).isEqualTo(-1);
        assertThat(stat.getCzxid()).isZero();
        assertThat(stat.getDataLength()).isEqualTo(data.length);
    }

    private static void shouldNumberFromZero(ZooKeeper zk) throws Exception {
        assertThat(zk.create("/x-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL))
                .isEqualTo("/x-0000000000");
        Stat root = zk.exists("/", false);
        assertThat(root.getCversion()).isZero();
        assertThat(root.getPzxid()).isEqualTo(zk.exists("/x-0000000000", false).getCzxid());
        zk.delete("/x-0000000000", -1);
        assertThat(zk.exists("/", false).getCversion()).isEqualTo(1);
    }

    private static void shouldKeepCountsForQuotas(ZooKeeper zk) throws Exception {
        zk.create("/q", new byte[3], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        StatsTrack limits = new StatsTrack();
        limits.setCountHardLimit(1);
        SetQuotaCommand.createQuota(zk, "/q", limits);
        Stat before = zk.exists("/zookeeper/quota/q/zookeeper_stats", false);
        // Nothing is enforced unless it is asked for.
        zk.create("/q/a", new byte[4], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        zk.setData("/q", new byte[10], -1);
        assertThat(ListQuotaCommand.listQuota(zk, "/q")).element(1).hasToString("count=2,bytes=14");
        Stat after = zk.exists("/zookeeper/quota/q/zookeeper_stats", false);
        assertThat(after.getDataLength()).isEqualTo("count=2,bytes=14".length());
        before.setDataLength(after.getDataLength());
        assertThat(after).isEqualTo(before);
    }

    /** Curator's tracker reads the description and may replace the addresses that it was given. */
    private static void shouldNotMisleadCurator(Ensemble ensemble) throws Exception {
        try (CuratorFramework curator =
                CuratorFrameworkFactory.newClient(ensemble.connectString(), new RetryOneTime(100))) {
            curator.start();
            assertThat(curator.checkExists().forPath("/zookeeper")).isNotNull();
            await().during(Duration.ofSeconds(1))
                    .atMost(Ensemble.LIMIT)
                    .until(() -> curator.getZookeeperClient()
                                    .getCurrentConnectionString()
                                    .split(",", -1)
                                    .length
                            == Ensemble.NODES);
        }
    }
}
