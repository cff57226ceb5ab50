package io.oarlog.metadata;

import static io.oarlog.metadata.TestGroup.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeData;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ContainerCleanupTest {
    private final TestGroup group = new TestGroup();
    private final ContainerCleanup leaders = cleanup(1);
    private final ContainerCleanup followers = cleanup(2);

    @BeforeEach
    void create() {
        for (String path : List.of("/left", "/used", "/new")) {
            submit(new Create(path, ZnodeData.EMPTY, Acl.OPEN, CreateMode.CONTAINER, 0));
        }
        submit(Create.persistent("/plain", ZnodeData.EMPTY));
        for (String path : List.of("/left/child", "/used/child", "/plain/child")) {
            submit(Create.persistent(path, ZnodeData.EMPTY));
        }
    }

    @AfterEach
    void stop() {
        group.close();
    }

    private ContainerCleanup cleanup(int node) {
        return new ContainerCleanup(group.metadata(node).replicatedTree(), group.node(node).machine::isLeader);
    }

    @Test
    void shouldDeleteContainersThatAreLeftAndNothingElse() {
        // given
        submit(new Delete("/left/child", -1));
        submit(new Delete("/plain/child", -1));

        // when
        leaders.deleteLeftOver();
        assertThat(exists("/left")).isTrue();
        leaders.deleteLeftOver();

        // then
        await().atMost(TestGroup.LIMIT).until(() -> !exists("/left"));
        assertThat(exists("/used/child")).isTrue();
        assertThat(exists("/new")).isTrue();
        assertThat(exists("/plain")).isTrue();
    }

    @Test
    void shouldKeepAContainerThatWasUsedBetweenTwoRounds() {
        // given
        submit(new Delete("/left/child", -1));
        leaders.deleteLeftOver();

        // when
        submit(Create.persistent("/left/other", ZnodeData.EMPTY));
        submit(new Delete("/left/other", -1));
        leaders.deleteLeftOver();

        // then
        submit(new ZnodeCommand.Sync());
        assertThat(exists("/left")).isTrue();
    }

    @Test
    void shouldFindAsANewLeaderWhatWasLeftBefore() {
        // given
        submit(new Delete("/left/child", -1));
        followers.deleteLeftOver();
        followers.deleteLeftOver();
        submit(new ZnodeCommand.Sync());
        assertThat(exists("/left")).isTrue();

        // when
        group.lead(2);
        followers.deleteLeftOver();
        followers.deleteLeftOver();

        // then
        await().atMost(TestGroup.LIMIT).until(() -> !exists("/left"));
    }

    @Test
    void shouldFindWhatWasLeftBeforeItBeganOrWhatASnapshotBrings() {
        for (boolean isRestored : List.of(false, true)) {
            // given
            submit(new Delete("/left/child", -1));
            ContainerCleanup restored = cleanup(1);

            // when
            if (isRestored) {
                restored.onRestored(group.node(1).machine.tree());
            }
            restored.deleteLeftOver();
            restored.deleteLeftOver();

            // then
            await().atMost(TestGroup.LIMIT).until(() -> !exists("/left"));
            submit(new Create("/left", ZnodeData.EMPTY, Acl.OPEN, CreateMode.CONTAINER, 0));
            submit(Create.persistent("/left/child", ZnodeData.EMPTY));
        }
    }

    private boolean exists(String path) {
        return group.node(1).machine.tree().exists(path);
    }

    private void submit(ZnodeCommand command) {
        assertThat(get(group.metadata(3).replicatedTree().submit(command))
                        .result()
                        .failure())
                .isEmpty();
    }
}
