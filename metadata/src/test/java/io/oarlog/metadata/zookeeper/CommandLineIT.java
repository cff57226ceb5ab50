package io.oarlog.metadata.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.ZooKeeperMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** ZooKeeper's command line as a process of its own, typed to as a user would. */
@Timeout(90)
class CommandLineIT {
    @RegisterExtension
    final TestClients clients = new TestClients();

    @TempDir
    Path directory;

    /** The exit code, and what was printed, output and errors in their order. */
    private record Result(int exitCode, String text) {}

    private Result run(List<String> arguments, String... typed) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ZooKeeperMain.class.getName(),
                "-server",
                clients.ensemble().connectString(),
                "-waitforconnection"));
        command.addAll(arguments);
        Path input = Files.writeString(
                directory.resolve("typed"), String.join("\n", typed).replace("ROOT", clients.root()) + "\n");
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        clients.closeLater(process::destroyForcibly);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(printed));
    }

    private Result type(String... typed) throws IOException, InterruptedException {
        return run(List.of(), typed);
    }

    @Test
    void shouldCreateReadChangeAndDelete() throws Exception {
        // when
        Result result = type(
                "create ROOT/a one",
                "create ROOT/a again",
                "create -s ROOT/s- x",
                "create -e ROOT/e x",
                "create -s -e ROOT/se- x",
                "create -c ROOT/c",
                "create ROOT/a/b two",
                "get ROOT/a",
                "get -s ROOT/a/b",
                "set ROOT/a three",
                "set -v 7 ROOT/a four",
                "set -v 1 ROOT/a four",
                "get ROOT/a",
                "get ROOT/none",
                "stat ROOT/a",
                "ls -R ROOT",
                "ls -s ROOT",
                "getAllChildrenNumber ROOT",
                "getEphemerals ROOT/se",
                "sync ROOT",
                "delete ROOT/a",
                "delete -v 3 ROOT/c",
                "delete -v 0 ROOT/c",
                "deleteall ROOT/a",
                "ls ROOT",
                "history",
                "quit");

        // then
        String root = clients.root();
        assertThat(result.text())
                .containsSubsequence(
                        "Created " + root + "/a\n",
                        "Node already exists: " + root + "/a\n",
                        "Created " + root + "/s-0000000001\n",
                        "Created " + root + "/e\n",
                        "Created " + root + "/se-0000000003\n",
                        "Created " + root + "/c\n",
                        "Created " + root + "/a/b\n",
                        "one\n",
                        "two\n",
                        "cZxid = 0x",
                        "ctime = ",
                        "mZxid = 0x",
                        "pZxid = 0x",
                        "cversion = 0\ndataVersion = 0\naclVersion = 0\nephemeralOwner = 0x0\ndataLength = 3\nnumChildren = 0\n",
                        "version No is not valid : " + root + "/a\n",
                        "four\n",
                        "Node does not exist: " + root + "/none\n",
                        "cversion = 1\ndataVersion = 2\naclVersion = 0\nephemeralOwner = 0x0\ndataLength = 4\nnumChildren = 1\n",
                        String.join(
                                "\n",
                                root,
                                root + "/a",
                                root + "/c",
                                root + "/e",
                                root + "/s-0000000001",
                                root + "/se-0000000003",
                                root + "/a/b"),
                        "[a, c, e, s-0000000001, se-0000000003]",
                        "numChildren = 5\n",
                        "6\n",
                        "[" + root + "/se-0000000003]\n",
                        "Sync is OK\n",
                        "Node not empty: " + root + "/a\n",
                        "version No is not valid : " + root + "/c\n",
                        "[e, s-0000000001, se-0000000003]\n",
                        "25 - history\n");
        assertThat(result.exitCode()).isZero();
        ZooKeeper zk = clients.zk();
        zk.sync(root, (code, path, context) -> {}, null);
        assertThat(zk.getChildren(root, false)).containsExactly("s-0000000001");
    }

    @Test
    void shouldKeepQuotasAndShowTheEnsemble() throws Exception {
        // when
        Result result = type(
                "create ROOT/q one",
                "create ROOT/q/a two",
                "setquota -n 5 ROOT/q",
                "create ROOT/q/b three",
                "listquota ROOT/q",
                "setquota -B 100 ROOT/q",
                "setquota -n 5 ROOT/q/a",
                "delete ROOT/q/a",
                "listquota ROOT/q",
                "delquota -n ROOT/q",
                "listquota ROOT/q",
                "delquota ROOT/q",
                "listquota ROOT/q",
                "config",
                "quit");

        // then
        String q = clients.root() + "/q";
        assertThat(result.text())
                .containsSubsequence(
                        "Output quota for " + q + " count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=-1\n",
                        "Output stat for " + q + " count=3,bytes=11\n",
                        q + "/a has a parent " + q + " which has a quota\n",
                        "Output quota for " + q + " count=5,bytes=-1=;byteHardLimit=100;countHardLimit=-1\n",
                        "Output stat for " + q + " count=2,bytes=8\n",
                        "Output quota for " + q + " count=-1,bytes=-1=;byteHardLimit=100;countHardLimit=-1\n",
                        "quota for " + q + " does not exist.\n",
                        "server.1=127.0.0.1:",
                        ":participant",
                        "server.3=127.0.0.1:",
                        "version=");
        assertThat(clients.zk().getChildren("/zookeeper/quota", false)).isEmpty();
    }

    @Test
    void shouldShowAndChangeAccess() throws Exception {
        // when
        Result result = type(
                "create ROOT/a x",
                "getAcl ROOT/a",
                "setAcl ROOT/a auth:ann:secret:cdrwa",
                "addauth digest ann:secret",
                "setAcl ROOT/a auth:ann:secret:cdrwa",
                "getAcl -s ROOT/a",
                "create ROOT/r x world:anyone:r",
                "set ROOT/r y",
                "getAcl ROOT/r",
                "setAcl ROOT/r world:anyone:cdrwa",
                "whoami",
                "version",
                "quit");

        // then
        assertThat(result.text())
                .containsSubsequence(
                        "'world,'anyone\n: cdrwa\n",
                        "Acl is not valid : " + clients.root() + "/a",
                        "'digest,'ann:",
                        ": cdrwa\n",
                        "aclVersion = 1\n",
                        "Insufficient permission : " + clients.root() + "/r\n",
                        "'world,'anyone\n: r\n",
                        "Insufficient permission : " + clients.root() + "/r\n",
                        "Auth scheme: User\n",
                        "ZooKeeper CLI version: 3.9.5")
                .contains("ip: 127.0.0.1\n", "digest: ann\n");
        clients.zk().addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
        assertThat(clients.zk().getData(clients.path("a"), false, null))
                .asString()
                .isEqualTo("x");
    }

    @Test
    void shouldShowWhatIsWatched() throws Exception {
        // when
        Result result = type(
                "addWatch -m PERSISTENT_RECURSIVE ROOT/w",
                "create ROOT/w x",
                "create ROOT/w/a x",
                "removewatches ROOT/w",
                "get -w ROOT/w",
                "set ROOT/w y",
                "stat -w ROOT/none",
                "create ROOT/none z",
                "ls -w ROOT/w",
                "deleteall ROOT/w",
                "sync ROOT",
                "quit");

        // then
        String root = clients.root();
        assertThat(result.text())
                .containsSubsequence(
                        "type:NodeCreated path:" + root + "/w zxid:",
                        "type:NodeCreated path:" + root + "/w/a zxid:",
                        "type:NodeDataChanged path:" + root + "/w zxid:",
                        "type:NodeCreated path:" + root + "/none zxid:",
                        "type:NodeChildrenChanged path:" + root + "/w zxid:");
    }

    @Test
    void shouldDoOneCommandAndEndWithItsCode() throws Exception {
        clients.zk().setData(clients.root(), "hello".getBytes(UTF_8), -1);
        Result got = run(List.of("get", clients.root()));
        Result failed = run(List.of("get", clients.path("none")));

        assertThat(got.exitCode()).isZero();
        assertThat(got.text()).contains("hello");
        assertThat(failed.exitCode()).isNotZero();
        assertThat(failed.text()).contains("Node does not exist: " + clients.path("none"));
        assertThat(clients.zk().getACL(clients.root(), null)).isEqualTo(Ids.OPEN_ACL_UNSAFE);
    }
}
