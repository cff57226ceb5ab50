package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.ZnodeCommand.ClientRequest;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Requestable;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private static final long SESSION = 0x51;

    private ZnodeTree tree = ZnodeTree.empty();

    @BeforeEach
    void begin() {
        apply(Trees.session(SESSION));
        create("/a", 3);
    }

    @Test
    void shouldCountWhatIsThereAndWhatComesAndGoes() {
        // given
        create("/a/b", 10);
        create("/other", 100);

        // when
        setQuota("/a", "count=5,bytes=-1");

        // then
        assertThat(counts("/a")).isEqualTo("count=2,bytes=13");

        // when
        create("/a/b/c", 7);
        apply(new SetData("/a/b", bytes(1), -1));
        apply(new SetData("/other", bytes(1), -1));
        apply(new Create("/a/e", bytes(2), Acl.OPEN, CreateMode.EPHEMERAL, SESSION));

        // then
        assertThat(counts("/a")).isEqualTo("count=4,bytes=13");

        // when
        apply(new Delete("/a/b/c", -1));
        apply(new ZnodeCommand.CloseSession(SESSION));

        // then
        assertThat(counts("/a")).isEqualTo("count=2,bytes=4");
    }

    @Test
    void shouldTellNobodyOfCountsButInTheirData() {
        // given
        setQuota("/a", "count=5,bytes=-1");
        ZnodeStat before = stat("/zookeeper/quota/a/zookeeper_stats");

        // when
        ZnodeTree.Applied applied = tree.apply(Trees.ORIGIN, new TimedCommand(5, new SetData("/a", bytes(100), -1)));
        tree = applied.tree();

        // then
        assertThat(applied.events()).extracting(ZnodeEvent::path).containsExactly("/a");
        assertThat(counts("/a")).isEqualTo("count=1,bytes=100");
        ZnodeStat after = stat("/zookeeper/quota/a/zookeeper_stats");
        assertThat(after.version()).isEqualTo(before.version());
        assertThat(after.mzxid()).isEqualTo(before.mzxid());
        assertThat(after.dataLength()).isEqualTo("count=1,bytes=100".length());
    }

    @Test
    void shouldCountForTheDeepestQuotaAlone() {
        // given
        create("/a/b", 0);
        setQuota("/a", "count=5,bytes=-1");
        setQuota("/a/b", "count=5,bytes=-1");

        // when
        create("/a/b/c", 1);
        create("/a/bc", 2);

        // then
        assertThat(counts("/a")).isEqualTo("count=3,bytes=5");
        assertThat(counts("/a/b")).isEqualTo("count=2,bytes=1");

        // when
        apply(new Delete("/zookeeper/quota/a/b/zookeeper_limits", -1));
        create("/a/b/d", 1);

        // then
        assertThat(counts("/a")).isEqualTo("count=4,bytes=6");
    }

    @Test
    void shouldUndoCountsWithAFailedMulti() {
        // given
        setQuota("/a", "count=5,bytes=-1");

        // when
        ZnodeResult result = apply(new Multi(List.of(Create.persistent("/a/b", bytes(4)), new Delete("/none", -1))));

        // then
        assertThat(result.failure()).contains(ZnodeError.NO_NODE);
        assertThat(counts("/a")).isEqualTo("count=1,bytes=3");
    }

    @Test
    void shouldEnforceHardLimitsWhenTheRequestSaysSo() {
        // given
        setQuota("/a", "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=2");

        // when, then
        assertThat(requested(true, new SetData("/a", bytes(11), 99))).contains(ZnodeError.QUOTA_EXCEEDED);
        assertThat(requested(true, new SetData("/a", bytes(10), 99))).contains(ZnodeError.BAD_VERSION);
        assertThat(requested(true, Create.persistent("/a/b", bytes(8)))).contains(ZnodeError.QUOTA_EXCEEDED);
        assertThat(requested(true, new Create("/a/b", bytes(7), Acl.OPEN, CreateMode.PERSISTENT, 0)))
                .isEmpty();
        assertThat(requested(true, Create.persistent("/a/c", bytes(0)))).contains(ZnodeError.QUOTA_EXCEEDED);
        assertThat(requested(true, new SetData("/a/b", bytes(8), -1))).contains(ZnodeError.QUOTA_EXCEEDED);
        assertThat(requested(true, new SetData("/a/b", bytes(6), -1))).isEmpty();
        assertThat(requested(false, Create.persistent("/a/c", bytes(8)))).isEmpty();
        assertThat(counts("/a")).isEqualTo("count=3,bytes=17");
    }

    @Test
    void shouldRefuseNothingForSoftLimits() {
        setQuota("/a", "count=1,bytes=1");

        assertThat(requested(true, Create.persistent("/a/b", bytes(8)))).isEmpty();
    }

    @Test
    void shouldLeaveCountsThatItCannotRead() {
        // given
        setQuota("/a", "count=5,bytes=-1");
        apply(new SetData("/zookeeper/quota/a/zookeeper_stats", ZnodeData.utf8("count=many"), -1));

        // when
        create("/a/b", 1);

        // then
        assertThat(counts("/a")).isEqualTo("count=many");
        assertThat(requested(true, Create.persistent("/a/c", bytes(1)))).isEmpty();
    }

    @Test
    void shouldKnowNoQuotaOfTheRoot() {
        create("/zookeeper/quota/zookeeper_limits", 0);
        create("/zookeeper/quota/zookeeper_stats", 0);
        create("/b", 1);

        assertThat(text("/zookeeper/quota/zookeeper_stats")).isEmpty();
    }

    @Test
    void shouldWriteNumbersAsZooKeepersToolsReadThem() {
        assertThat(numbers("count=4,bytes=5=;countHardLimit=10;byteHardLimit=11")
                        .toData()
                        .toText())
                .isEqualTo("count=4,bytes=5=;byteHardLimit=11;countHardLimit=10");
        assertThat(numbers("").toData().toText()).isEqualTo("count=-1,bytes=-1");
        assertThat(numbers("count=,bytes=7").get(QuotaNumbers.COUNT)).isEqualTo(QuotaNumbers.NONE);
        assertThat(QuotaNumbers.parse(ZnodeData.utf8("count=x"))).isEmpty();
    }

    /** What was counted on the way is what counting all of it anew finds. */
    @Test
    void shouldCountWhateverTheCommandsAre() {
        for (int seed = 0; seed < 200; seed++) {
            // given
            RandomCommands commands = new RandomCommands(seed);
            tree = ZnodeTree.empty();
            setQuota("/a", "count=5,bytes=-1");
            setQuota("/b/a", "count=5,bytes=-1");

            for (int step = 0; step < 150; step++) {
                // when
                tree = tree.apply(commands.origin(), commands.next()).tree();
            }

            // then
            for (String path : List.of("/a", "/b/a")) {
                String stats = "/zookeeper/quota" + path + "/zookeeper_stats";
                assertThat(counts(path))
                        .as("seed %d %s", seed, path)
                        .isEqualTo(Quotas.counted(tree.root(), stats).toText());
            }
        }
    }

    private static QuotaNumbers numbers(String text) {
        return QuotaNumbers.parse(ZnodeData.utf8(text)).orElseThrow();
    }

    /** As the command setquota does it. */
    private void setQuota(String path, String limits) {
        StringBuilder quota = new StringBuilder("/zookeeper/quota");
        for (String name : path.substring(1).split("/", -1)) {
            quota.append('/').append(name);
            if (!tree.exists(quota.toString())) {
                create(quota.toString(), 0);
            }
        }
        apply(Create.persistent(quota + "/zookeeper_limits", ZnodeData.utf8(limits)));
        apply(Create.persistent(quota + "/zookeeper_stats", ZnodeData.utf8("count=0,bytes=0")));
    }

    private String counts(String path) {
        return text("/zookeeper/quota" + path + "/zookeeper_stats");
    }

    private String text(String path) {
        return tree.get(path).orElseThrow().data().toText();
    }

    private ZnodeStat stat(String path) {
        return tree.get(path).orElseThrow().stat();
    }

    private static ZnodeData bytes(int count) {
        return ZnodeData.copyOf(new byte[count]);
    }

    private void create(String path, int bytes) {
        ZnodeResult result = apply(new Create(path, bytes(bytes), Acl.OPEN, CreateMode.PERSISTENT, 0));
        assertThat(result.failure()).isEmpty();
    }

    private Optional<ZnodeError> requested(boolean enforcesQuotas, Requestable request) {
        return apply(new ClientRequest(SESSION, List.of(), enforcesQuotas, request))
                .failure();
    }

    private ZnodeResult apply(ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(Trees.ORIGIN, new TimedCommand(1, command));
        tree = applied.tree();
        return applied.result();
    }
}
