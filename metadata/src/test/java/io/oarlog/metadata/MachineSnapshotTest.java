package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.MalformedSnapshotException;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.RandomCommands;
import io.oarlog.metadata.tree.Trees;
import io.oarlog.raft.CommandLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MachineSnapshotTest {
    @Test
    void shouldHaveTheSameDigestAsAnyOtherReplicaOfTheSameEntries() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            // given: replica 1 is led, replica 2 is restored now and then
            MetadataStateMachine first = new MetadataStateMachine(() -> 0);
            MetadataStateMachine second = new MetadataStateMachine(() -> 1);
            first.onLeadership(true);
            Random random = new Random(seed);

            for (ByteBuffer entry : entries(seed)) {
                // when
                ByteBuffer unused = first.apply(1, 1, entry.duplicate());
                unused = second.apply(1, 2, entry.duplicate());
                if (random.nextInt(20) == 0) {
                    byte[] snapshot = bytes(second);
                    second = new MetadataStateMachine(() -> 2);
                    second.restore(new ByteArrayInputStream(snapshot));
                }

                // then
                assertThat(Trees.digest(second.state())).as("seed %d", seed).isEqualTo(Trees.digest(first.state()));
            }
            assertThat(first.tree().zxid()).isGreaterThan(50);
        }
    }

    /** Some come twice, some too early: these change nothing anywhere. */
    private static List<ByteBuffer> entries(int seed) {
        RandomCommands commands = new RandomCommands(seed);
        Random random = new Random(seed);
        Map<Origin, Long> sequences = new HashMap<>();
        List<ByteBuffer> entries = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            List<byte[]> encoded = new ArrayList<>();
            for (int j = 0; j <= random.nextInt(4); j++) {
                encoded.add(CommandCodec.encode(commands.next()));
            }
            Origin origin = commands.origin();
            long sequence = sequences.merge(origin, 1L, Long::sum) - 1;
            entries.add(EntryCodec.encode(origin, sequence, 0, encoded));
            if (random.nextInt(10) == 0) {
                entries.add(EntryCodec.encode(
                        origin, sequence + random.nextInt(3) - 1 + (sequence == 0 ? 1 : 0), 0, encoded));
                sequences.put(origin, sequence + 1);
            }
        }
        return entries;
    }

    @Test
    void shouldStayAsItIsWhenTheSnapshotCannotBeRead() throws IOException {
        // given
        MetadataStateMachine machine = new MetadataStateMachine(() -> 0);
        entries(1).forEach(entry -> machine.apply(1, 1, entry));
        String before = Trees.digest(machine.state());
        byte[] cut = Arrays.copyOf(bytes(machine), 500);

        // when, then
        assertThatThrownBy(() -> machine.restore(new ByteArrayInputStream(cut)))
                .isInstanceOf(MalformedSnapshotException.class);
        assertThat(Trees.digest(machine.state())).isEqualTo(before);
    }

    @Test
    void shouldShowTheBrokersWhatASnapshotBroughtAndForgetTheRest() throws IOException {
        // given
        try (TestGroup group = new TestGroup()) {
            Topic kept = group.create(1, "kept", 2);
            Topic replaced = group.create(1, "replaced", 1);
            group.create(1, "deleted", 1);
            group.metadata(1).publishLeader(kept.id(), 1, new PublishedLeader(1, 3, List.of(1)));
            await().atMost(TestGroup.LIMIT)
                    .until(() -> group.metadata(1).publishedLeader(kept.id(), 1).isPresent());
            MetadataStateMachine machine = new MetadataStateMachine(() -> 0);
            List<String> told = new ArrayList<>();
            machine.restore(new ByteArrayInputStream(bytes(group.node(1).machine)));
            machine.view().addListener(new MetadataListener() {
                @Override
                public void onTopicCreated(Topic topic) {
                    told.add("created " + topic.name());
                }

                @Override
                public void onTopicChanged(Topic before, Topic now) {
                    told.add("changed " + now.name() + " " + before.partitionCount() + " to " + now.partitionCount()
                            + " " + now.configs());
                }

                @Override
                public void onTopicDeleted(Topic topic) {
                    told.add("deleted " + topic.name());
                }
            });
            TestGroup.get(group.metadata(1).deleteTopic("deleted"));
            TestGroup.get(group.metadata(1).deleteTopic("replaced"));
            Topic replacement = group.create(1, "replaced", 1);
            group.create(1, "new", 1);

            // when
            machine.restore(new ByteArrayInputStream(bytes(group.node(1).machine)));

            // then
            ClusterView view = machine.view();
            assertThat(view.clusterId()).contains(group.metadata(1).clusterId());
            assertThat(view.brokers()).hasSize(3);
            assertThat(view.topics()).hasSize(3);
            assertThat(view.topic("kept")).contains(kept);
            assertThat(view.publishedLeader(kept.id(), 1)).contains(new PublishedLeader(1, 3, List.of(1)));
            assertThat(view.topic("replaced")).contains(replacement);
            assertThat(view.topic(replaced.id())).isEmpty();
            assertThat(told)
                    .containsExactlyInAnyOrder(
                            "deleted deleted", "deleted replaced", "created replaced", "created new");
        }
    }

    @Test
    void shouldFailWhatHasNoOutcomeWhenASnapshotIsRestored() throws IOException {
        // given
        MetadataStateMachine machine = new MetadataStateMachine(() -> 0);
        CommandLog silent = new CommandLog() {
            @Override
            public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
                return new CompletableFuture<>();
            }

            @Override
            public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
                return new CompletableFuture<>();
            }
        };
        CommandStream stream = new CommandStream(1, silent, machine, () -> 0, new Random(1), TestGroup.noDelay());
        CompletableFuture<CommandOutcome> outcome = stream.submit(Trees.session(5));

        // when
        machine.restore(new ByteArrayInputStream(bytes(machine)));

        // then
        assertThatThrownBy(outcome::join).hasCauseInstanceOf(TimeoutException.class);
    }

    private static byte[] bytes(MetadataStateMachine machine) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        machine.snapshot().writeTo(out);
        return out.toByteArray();
    }
}
