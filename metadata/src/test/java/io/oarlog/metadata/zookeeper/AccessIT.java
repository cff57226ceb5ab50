package io.oarlog.metadata.zookeeper;

import static io.oarlog.metadata.zookeeper.TestClients.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.util.Arrays;
import java.util.List;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.SetACLRequest;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Access lists: which right each request needs, the schemes world, ip, digest and auth, and what is no list. */
@Timeout(60)
class AccessIT {
    private static final String ANN = "ann:secret";

    @RegisterExtension
    final TestClients clients = new TestClients();

    private ZooKeeper zk;
    private String path;

    @BeforeEach
    void takeClient() {
        zk = clients.zk();
        path = clients.path("a");
    }

    private static List<ACL> anyone(int permissions) {
        return Arrays.asList(new ACL(permissions, Ids.ANYONE_ID_UNSAFE));
    }

    private static List<ACL> list(@Nullable String scheme, @Nullable String id) {
        return Arrays.asList(new ACL(Perms.ALL, new Id(scheme, id)));
    }

    private static Id digest(String nameAndPassword) throws Exception {
        return new Id("digest", DigestAuthenticationProvider.generateDigest(nameAndPassword));
    }

    private void createWith(List<ACL> acl) throws Exception {
        zk.create(path, null, acl, CreateMode.PERSISTENT);
    }

    @Test
    void shouldNeedARightForEachRequest() throws Exception {
        // given
        createWith(anyone(Perms.ALL));
        clients.create("a/child");
        zk.setACL(path, anyone(Perms.ADMIN), 0);

        // then: nothing but the list itself
        assertError(Code.NOAUTH, () -> zk.getData(path, false, null));
        assertError(Code.NOAUTH, () -> zk.getChildren(path, false));
        assertError(Code.NOAUTH, () -> zk.getChildren(path, false, new Stat()));
        assertError(Code.NOAUTH, () -> zk.getAllChildrenNumber(path));
        assertError(Code.NOAUTH, () -> zk.exists(path, false));
        assertError(Code.NOAUTH, () -> zk.setData(path, null, -1));
        assertError(Code.NOAUTH, () -> clients.create("a/b"));
        assertError(Code.NOAUTH, () -> clients.create("a/child"));
        assertError(Code.NOAUTH, () -> zk.delete(path + "/child", -1));
        assertThat(zk.getACL(path, new Stat())).isEqualTo(anyone(Perms.ADMIN));
        assertThat(zk.exists(path + "/child", false)).isNotNull();
        assertError(Code.NONODE, () -> zk.delete(path + "/none/none", -1));
    }

    @Test
    void shouldGiveWhatEachRightSays() throws Exception {
        createWith(anyone(Perms.ALL));
        clients.create("a/child");
        zk.setACL(path, anyone(Perms.ADMIN | Perms.READ), -1);
        assertThat(zk.getData(path, false, null)).isNull();
        assertThat(zk.getChildren(path, false)).containsExactly("child");
        assertError(Code.NOAUTH, () -> zk.setData(path, null, -1));
        zk.setACL(path, anyone(Perms.ADMIN | Perms.WRITE), -1);
        assertThat(zk.setData(path, null, -1).getVersion()).isEqualTo(1);
        assertError(Code.NOAUTH, () -> clients.create("a/b"));
        zk.setACL(path, anyone(Perms.ADMIN | Perms.CREATE), -1);
        clients.create("a/b");
        assertError(Code.NOAUTH, () -> zk.delete(path + "/b", -1));
        zk.setACL(path, anyone(Perms.ADMIN | Perms.DELETE), -1);
        zk.delete(path + "/b", -1);
        zk.setACL(path, anyone(Perms.READ), -1);
        assertError(Code.NOAUTH, () -> zk.setACL(path, anyone(Perms.ALL), -1));
        assertThat(zk.getACL(path, new Stat())).isEqualTo(anyone(Perms.READ));
    }

    @Test
    void shouldDeleteByTheRightsOfTheParent() throws Exception {
        zk.create(path, null, anyone(Perms.READ), CreateMode.PERSISTENT);
        zk.delete(path, -1);
        assertThat(zk.exists(path, false)).isNull();
    }

    @Test
    void shouldCountChangesOfTheListAlone() throws Exception {
        createWith(anyone(Perms.ALL));
        Stat before = zk.exists(path, false);
        Stat changed = zk.setACL(path, anyone(Perms.READ | Perms.ADMIN), 0);

        assertThat(changed.getAversion()).isEqualTo(1);
        before.setAversion(1);
        assertThat(changed).isEqualTo(before).isEqualTo(zk.exists(path, false));
        assertError(Code.BADVERSION, () -> zk.setACL(path, anyone(Perms.ALL), 0));
        assertError(Code.NONODE, () -> zk.setACL(clients.path("none"), anyone(Perms.ALL), -1));
        Stat stat = new Stat();
        assertThat(zk.getACL(path, stat)).isEqualTo(anyone(Perms.READ | Perms.ADMIN));
        assertThat(stat).isEqualTo(changed);
    }

    @Test
    void shouldKnowClientsByNameAndPassword() throws Exception {
        // given
        ZooKeeper ann = clients.connect();
        ann.addAuthInfo("digest", ANN.getBytes(UTF_8));
        ann.create(path, new byte[] {1}, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);

        // then
        assertThat(ann.getData(path, false, null)).containsExactly(1);
        assertThat(ann.getACL(path, new Stat())).containsExactly(new ACL(Perms.ALL, digest(ANN)));
        assertError(Code.NOAUTH, () -> zk.getData(path, false, null));
        assertError(Code.NOAUTH, () -> zk.exists(path, false));
        assertError(Code.NOAUTH, () -> zk.getACL(path, new Stat()));
        assertError(Code.NOAUTH, () -> zk.setACL(path, Ids.OPEN_ACL_UNSAFE, -1));
        zk.addAuthInfo("digest", "ann:wrong".getBytes(UTF_8));
        assertError(Code.NOAUTH, () -> zk.getData(path, false, null));
        zk.addAuthInfo("digest", ANN.getBytes(UTF_8));
        assertThat(zk.getData(path, false, null)).containsExactly(1);
        ann.setACL(path, Arrays.asList(new ACL(Perms.READ, digest("ben:b"))), -1);
        assertError(Code.NOAUTH, () -> ann.getData(path, false, null));
    }

    @Test
    void shouldGrantRightsToAnAddressedName() throws Exception {
        createWith(Arrays.asList(new ACL(Perms.WRITE, digest("ben:b")), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)));
        assertError(Code.NOAUTH, () -> zk.setData(path, null, -1));
        zk.addAuthInfo("digest", "ben:b".getBytes(UTF_8));
        assertThat(zk.setData(path, null, -1).getVersion()).isEqualTo(1);
    }

    @Test
    void shouldHidePasswordsFromWhoMayNotChangeTheList() throws Exception {
        createWith(Arrays.asList(new ACL(Perms.ALL, digest(ANN)), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)));

        assertThat(zk.getACL(path, new Stat()))
                .containsExactly(
                        new ACL(Perms.ALL, new Id("digest", "ann:x")), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
        zk.addAuthInfo("digest", ANN.getBytes(UTF_8));
        assertThat(zk.getACL(path, new Stat())).contains(new ACL(Perms.ALL, digest(ANN)));
    }

    @Test
    void shouldPutAllNamesOfAClientForAuth() throws Exception {
        zk.addAuthInfo("digest", ANN.getBytes(UTF_8));
        zk.addAuthInfo("digest", "ben:b".getBytes(UTF_8));
        createWith(Arrays.asList(new ACL(Perms.READ | Perms.ADMIN, Ids.AUTH_IDS)));

        assertThat(zk.getACL(path, new Stat()))
                .containsExactlyInAnyOrder(
                        new ACL(Perms.READ | Perms.ADMIN, digest(ANN)),
                        new ACL(Perms.READ | Perms.ADMIN, digest("ben:b")));
        assertThat(zk.whoAmI())
                .extracting(ClientInfo::getAuthScheme, ClientInfo::getUser)
                .containsExactlyInAnyOrder(tuple("ip", "127.0.0.1"), tuple("digest", "ann"), tuple("digest", "ben"));
    }

    @Test
    void shouldKeepNamesWhenAClientMovesToAnotherNode() throws Exception {
        Events events = new Events();
        ZooKeeper ann = clients.connect(clients.address(), events);
        ann.addAuthInfo("digest", ANN.getBytes(UTF_8));
        ann.create(path, new byte[] {1}, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        ann.getTestable().closeSocket();
        events.awaitState(KeeperState.Disconnected);
        await().atMost(Ensemble.LIMIT).until(() -> ann.getState().isConnected());
        assertThat(ann.getData(path, false, null)).containsExactly(1);
    }

    @Test
    void shouldKnowClientsByTheirAddress() throws Exception {
        createWith(list("ip", "127.0.0.1"));
        assertThat(zk.getData(path, false, null)).isNull();
        zk.setACL(path, list("ip", "127.0.0.0/8"), -1);
        assertThat(zk.getData(path, false, null)).isNull();
        zk.setACL(path, list("ip", "10.0.0.0/8"), -1);
        assertError(Code.NOAUTH, () -> zk.getData(path, false, null));
    }

    @ParameterizedTest
    @CsvSource({
        "digest, no-colon",
        "digest, a:b:c",
        "ip, somewhere",
        "ip, 127.0.0.1/99",
        "ip, 127.0.0.1.1",
        "world, somebody",
        "unknown, x",
        "auth, ''",
        "'', x"
    })
    void shouldRefuseAnIdentityThatIsNone(String scheme, String id) {
        assertError(Code.INVALIDACL, () -> createWith(list(scheme, id)));
        assertError(Code.INVALIDACL, () -> zk.setACL(clients.root(), list(scheme, id), -1));
        assertError(Code.INVALIDACL, () -> zk.setACL(clients.path("none"), list(scheme, id), -1));
    }

    @Test
    void shouldRefuseAnEmptyList() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);
        int invalid = Code.INVALIDACL.intValue();

        assertThat(raw.call(OpCode.create, new CreateRequest(path, null, List.of(), 0))
                        .header()
                        .getErr())
                .isEqualTo(invalid);
        assertThat(raw.call(OpCode.create, new CreateRequest(path, null, null, 0))
                        .header()
                        .getErr())
                .isEqualTo(invalid);
        assertThat(raw.call(OpCode.setACL, new SetACLRequest(clients.root(), List.of(), -1))
                        .header()
                        .getErr())
                .isEqualTo(invalid);
        assertThat(raw.call(OpCode.create, new CreateRequest(clients.path("none/a"), null, List.of(), 0))
                        .header()
                        .getErr())
                .isEqualTo(invalid);
    }

    @Test
    void shouldTellAListWithoutASchemeFromOneWithoutAnId() throws Exception {
        RawConnection raw = clients.raw(1);
        raw.connect(TestClients.TIMEOUT_MILLIS);

        assertThat(errorOf(raw, null, "x")).isEqualTo(Code.INVALIDACL.intValue());
        assertThat(errorOf(raw, "auth", null)).isEqualTo(Code.INVALIDACL.intValue());
        assertThat(errorOf(raw, "digest", null)).isEqualTo(Code.MARSHALLINGERROR.intValue());
        assertThat(raw.call(OpCode.setACL, new SetACLRequest(null, Ids.OPEN_ACL_UNSAFE, -1))
                        .header()
                        .getErr())
                .isEqualTo(Code.BADARGUMENTS.intValue());
    }

    private int errorOf(RawConnection raw, @Nullable String scheme, @Nullable String id) throws Exception {
        return raw.call(OpCode.create, new CreateRequest(path, null, list(scheme, id), 0))
                .header()
                .getErr();
    }

    @Test
    void shouldForgetWhatAListSaysTwice() throws Exception {
        ACL acl = new ACL(Perms.ALL, Ids.ANYONE_ID_UNSAFE);
        createWith(Arrays.asList(acl, acl));
        assertThat(zk.getACL(path, new Stat())).containsExactly(acl);
    }

    @Test
    void shouldKeepWhatAuthStandsForBesideTheSameName() throws Exception {
        zk.addAuthInfo("digest", ANN.getBytes(UTF_8));
        createWith(Arrays.asList(
                new ACL(Perms.ALL, Ids.AUTH_IDS), new ACL(Perms.ALL, digest(ANN)), new ACL(Perms.ALL, Ids.AUTH_IDS)));

        assertThat(zk.getACL(path, new Stat()))
                .containsExactly(new ACL(Perms.ALL, digest(ANN)), new ACL(Perms.ALL, digest(ANN)));
    }

    @Test
    void shouldFindErrorsInOrder() throws Exception {
        zk.create(path, null, anyone(Perms.READ), CreateMode.PERSISTENT);
        clients.create("open");
        clients.create("open/child");

        assertError(Code.NOAUTH, () -> zk.setData(path, null, 99));
        assertError(Code.NOAUTH, () -> zk.setACL(path, anyone(Perms.ALL), 99));
        assertError(Code.INVALIDACL, () -> zk.setACL(path, list("unknown", "x"), 99));
        assertError(Code.NOAUTH, () -> zk.delete(path + "/none", -1));
        assertError(Code.NONODE, () -> zk.delete(clients.path("none/none"), -1));
        zk.setACL(clients.path("open"), anyone(Perms.READ | Perms.ADMIN), -1);
        assertError(Code.NOAUTH, () -> zk.delete(clients.path("open/child"), 99));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "world"})
    void shouldEndAClientWithASchemeThatIsNone(String scheme) throws Exception {
        Events events = new Events();
        ZooKeeper other = clients.connect(clients.address(), events);
        other.addAuthInfo(scheme, "x".getBytes(UTF_8));
        events.awaitState(KeeperState.AuthFailed);
        assertError(Code.AUTHFAILED, () -> other.exists(path, false));
    }

    @Test
    void shouldNotTellWhoMayNotRead() throws Exception {
        // given
        Events ofAnn = new Events();
        Events ofOther = new Events();
        ZooKeeper ann = clients.connect();
        ann.addAuthInfo("digest", ANN.getBytes(UTF_8));
        ann.addWatch(clients.root(), ofAnn, AddWatchMode.PERSISTENT_RECURSIVE);
        zk.addWatch(clients.root(), ofOther, AddWatchMode.PERSISTENT_RECURSIVE);

        // when
        ann.create(path, null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        ann.setData(path, null, -1);
        ann.delete(path, -1);
        ann.create(clients.path("open"), null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

        // then
        ofAnn.awaitZnodes(
                "NodeCreated " + path,
                "NodeDataChanged " + path,
                "NodeDeleted " + path,
                "NodeCreated " + clients.path("open"));
        ofOther.awaitZnodes("NodeCreated " + clients.path("open"));
    }
}
