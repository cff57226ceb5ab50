package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.utils.ZKPaths;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Curator's framework, and its recipes that keep or mirror znodes. */
@Timeout(90)
class CuratorFrameworkIT {
    @RegisterExtension
    final CuratorClients clients = new CuratorClients();

    private CuratorFramework curator;
    private String path;

    @BeforeEach
    void connect() throws Exception {
        curator = clients.connect();
        path = clients.path("a");
    }

    @Test
    void shouldCreateReadChangeAndDelete() throws Exception {
        assertThat(curator.create().creatingParentsIfNeeded().forPath(path + "/b/c", new byte[] {1}))
                .isEqualTo(path + "/b/c");
        Stat stat = new Stat();
        assertThat(curator.getData().storingStatIn(stat).forPath(path + "/b/c")).containsExactly(1);
        assertThat(curator.setData()
                        .withVersion(stat.getVersion())
                        .forPath(path + "/b/c", new byte[] {2})
                        .getVersion())
                .isEqualTo(1);
        assertThatThrownBy(() -> curator.setData().withVersion(0).forPath(path + "/b/c"))
                .isInstanceOf(KeeperException.BadVersionException.class);
        assertThat(curator.create().orSetData().forPath(path + "/b/c", new byte[] {3}))
                .isEqualTo(path + "/b/c");
        assertThat(curator.getChildren().forPath(path)).containsExactly("b");
        assertThat(curator.checkExists().forPath(path + "/none")).isNull();
        assertThatThrownBy(() -> curator.delete().forPath(path)).isInstanceOf(KeeperException.NotEmptyException.class);
        curator.delete().guaranteed().deletingChildrenIfNeeded().forPath(path);
        assertThat(curator.checkExists().forPath(path)).isNull();
        curator.delete().quietly().forPath(path);
    }

    @Test
    void shouldCreateContainersAndProtectedZnodes() throws Exception {
        curator.create().creatingParentContainersIfNeeded().forPath(path + "/b");
        String protectedPath = curator.create()
                .withProtection()
                .withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
                .forPath(path + "/lock-");
        assertThat(ZKPaths.getNodeFromPath(protectedPath)).startsWith("_c_").endsWith("-lock-0000000001");
        assertThat(curator.getACL().forPath(path)).isEqualTo(Ids.OPEN_ACL_UNSAFE);
        curator.setACL().withVersion(0).withACL(Ids.READ_ACL_UNSAFE).forPath(path + "/b");
        assertThat(curator.getACL().forPath(path + "/b")).isEqualTo(Ids.READ_ACL_UNSAFE);
    }

    @Test
    void shouldDoAllOfItInTheBackground() throws Exception {
        // given
        Queue<String> answers = new ConcurrentLinkedQueue<>();
        CompletableFuture<CuratorEvent> last = new CompletableFuture<>();
        curator.create().creatingParentsIfNeeded().forPath(path);

        // when
        curator.create()
                .inBackground((c, e) -> answers.add(e.getType() + " " + e.getResultCode()))
                .forPath(path + "/b");
        curator.setData()
                .inBackground(
                        (c, e) -> answers.add(e.getType() + " " + e.getStat().getVersion()))
                .forPath(path, null);
        curator.getData()
                .inBackground((c, e) -> answers.add(e.getType() + " " + e.getResultCode()))
                .forPath(path + "/none");
        curator.getChildren()
                .inBackground((c, e) -> answers.add(e.getType() + " " + e.getChildren()))
                .forPath(path);
        curator.checkExists()
                .inBackground(
                        (c, e) -> answers.add(e.getType() + " " + e.getStat().getNumChildren()))
                .forPath(path);
        curator.delete()
                .inBackground((c, e) -> answers.add(e.getType() + " " + e.getResultCode()))
                .forPath(path + "/b");
        curator.sync().inBackground((c, e) -> last.complete(e)).forPath(path);

        // then
        assertThat(last.get(30, TimeUnit.SECONDS).getType()).isEqualTo(CuratorEventType.SYNC);
        assertThat(answers)
                .containsExactly("CREATE 0", "SET_DATA 1", "GET_DATA -101", "CHILDREN [b]", "EXISTS 1", "DELETE 0");
    }

    @Test
    void shouldDoAllOrNothingInATransaction() throws Exception {
        // given
        curator.create().creatingParentsIfNeeded().forPath(path);
        CuratorOp create = curator.transactionOp().create().forPath(path + "/b", new byte[] {1});
        CuratorOp set = curator.transactionOp().setData().withVersion(0).forPath(path, new byte[] {2});
        CuratorOp check = curator.transactionOp().check().withVersion(1).forPath(path);
        CuratorOp sequential = curator.transactionOp()
                .create()
                .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
                .forPath(path + "/s-");
        CuratorOp delete = curator.transactionOp().delete().forPath(path + "/b");

        // when
        List<CuratorTransactionResult> results =
                curator.transaction().forOperations(create, set, check, sequential, delete);

        // then
        assertThat(results)
                .extracting(CuratorTransactionResult::getType)
                .containsExactly(
                        OperationType.CREATE,
                        OperationType.SET_DATA,
                        OperationType.CHECK,
                        OperationType.CREATE,
                        OperationType.DELETE);
        assertThat(results.get(1).getResultStat().getVersion()).isEqualTo(1);
        assertThat(results.get(3).getResultPath()).isEqualTo(path + "/s-0000000001");
        assertThatThrownBy(() -> curator.transaction().forOperations(create, set))
                .isInstanceOf(KeeperException.BadVersionException.class);
        assertThat(curator.getChildren().forPath(path)).containsExactly("s-0000000001");
    }

    @Test
    void shouldMirrorATree() throws Exception {
        // given
        curator.create().creatingParentsIfNeeded().forPath(path + "/before", new byte[] {1});
        Queue<String> changes = new ConcurrentLinkedQueue<>();
        CuratorCache cache = clients.closeLater(CuratorCache.build(clients.connect(), path));
        CompletableFuture<Boolean> initialized = new CompletableFuture<>();
        cache.listenable()
                .addListener(CuratorCacheListener.builder()
                        .forCreates(node -> changes.add("created " + node.getPath()))
                        .forChanges((old, node) -> changes.add("changed " + node.getPath() + " " + node.getData()[0]))
                        .forDeletes(node -> changes.add("deleted " + node.getPath()))
                        .forInitialized(() -> initialized.complete(true))
                        .build());
        cache.start();
        assertThat(initialized.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(changes).containsExactlyInAnyOrder("created " + path, "created " + path + "/before");
        changes.clear();

        // when
        curator.create().forPath(path + "/b", new byte[] {1});
        curator.create().forPath(path + "/b/c", new byte[] {1});
        await().until(() -> cache.get(path + "/b/c").isPresent());
        curator.setData().forPath(path + "/b", new byte[] {2});
        await().until(() ->
                cache.get(path + "/b").filter(node -> node.getData()[0] == 2).isPresent());
        curator.delete().forPath(path + "/b/c");
        await().until(() -> changes.size() == 4);

        // then
        assertThat(changes)
                .containsExactly(
                        "created " + path + "/b",
                        "created " + path + "/b/c",
                        "changed " + path + "/b 2",
                        "deleted " + path + "/b/c");
        assertThat(cache.size()).isEqualTo(3);
    }

    @Test
    void shouldKeepAZnodeThatOthersDelete() throws Exception {
        PersistentNode node =
                clients.closeLater(new PersistentNode(curator, CreateMode.EPHEMERAL, false, path, new byte[] {1}));
        node.start();
        assertThat(node.waitForInitialCreate(30, TimeUnit.SECONDS)).isTrue();
        CuratorFramework other = clients.connect();
        other.delete().forPath(path);
        await().atMost(Ensemble.LIMIT).until(() -> other.checkExists().forPath(path) != null);
        node.setData(new byte[] {2});
        await().atMost(Ensemble.LIMIT).until(() -> other.getData().forPath(path)[0] == 2);
        node.close();
        await().atMost(Ensemble.LIMIT).until(() -> other.checkExists().forPath(path) == null);
    }

    @Test
    void shouldKnowTheMembersOfAGroup() throws Exception {
        GroupMember ann = clients.closeLater(new GroupMember(curator, path, "ann", new byte[] {1}));
        GroupMember ben = clients.closeLater(new GroupMember(clients.connect(), path, "ben", new byte[] {2}));
        ann.start();
        ben.start();
        await().atMost(Ensemble.LIMIT)
                .until(() -> ann.getCurrentMembers().size() == 2
                        && ben.getCurrentMembers().size() == 2);
        assertThat(ann.getCurrentMembers().get("ben")).containsExactly(2);
        ben.close();
        await().atMost(Ensemble.LIMIT)
                .until(() -> ann.getCurrentMembers().keySet().equals(java.util.Set.of("ann")));
    }

    @Test
    void shouldWatchForGood() throws Exception {
        Queue<String> events = new ConcurrentLinkedQueue<>();
        PersistentWatcher watcher = clients.closeLater(new PersistentWatcher(clients.connect(), path, true));
        CompletableFuture<Boolean> reset = new CompletableFuture<>();
        watcher.getListenable().addListener(event -> events.add(event.getType() + " " + event.getPath()));
        watcher.getResetListenable().addListener(() -> reset.complete(true));
        watcher.start();
        assertThat(reset.get(30, TimeUnit.SECONDS)).isTrue();
        curator.create().creatingParentsIfNeeded().forPath(path + "/b");
        curator.delete().forPath(path + "/b");
        await().until(() -> events.size() == 3);
        assertThat(events)
                .containsExactly("NodeCreated " + path, "NodeCreated " + path + "/b", "NodeDeleted " + path + "/b");
    }
}
