package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.Trees;
import io.oarlog.metadata.tree.UnknownEntryVersionException;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.AttachSession;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MetadataStateMachineTest {
    private final MetadataStateMachine machine = new MetadataStateMachine(() -> 0);
    private final List<String> told = new ArrayList<>();
    private long sequence;

    @Test
    void shouldSkipWhatCannotBeReadAndGoOn() {
        for (int seed = 0; seed < 20; seed++) {
            // given
            byte[] bytes = new byte[2 * seed];
            new Random(seed).nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = 4; // the version; the rest is nonsense
            }

            // when
            ByteBuffer unused = machine.apply(seed + 1, ByteBuffer.wrap(bytes));

            // then
            assertThat(machine.tree().zxid()).as("seed %d", seed).isZero();
        }
        apply(Create.persistent("/a", ZnodeData.EMPTY));
        assertThat(machine.tree().exists("/a")).isTrue();
    }

    @Test
    void shouldStopAtAnEntryOfAnotherVersion() {
        for (byte version : new byte[] {0, 1, 2, 3, 5, -1}) {
            assertThatThrownBy(() -> machine.apply(1, ByteBuffer.wrap(new byte[] {version, 0, 0})))
                    .isInstanceOf(UnknownEntryVersionException.class)
                    .hasMessageContaining("this build reads version 4 only");
        }
    }

    @Test
    void shouldGiveASessionThatIsAttachedItsFullTimeout() {
        // given: silent for ten seconds of forty
        long[] nanos = {0};
        MetadataStateMachine leader = new MetadataStateMachine(() -> nanos[0]);
        leader.onLeadership(true);
        Origin origin = new Origin(1, 11);
        applyTo(leader, origin, 0, new CreateSession(5, Trees.PASSWORD, 40_000));
        assertThat(leader.liveness().silent(leader.tree().sessions())).isEmpty();
        nanos[0] = TimeUnit.SECONDS.toNanos(10);
        assertThat(leader.liveness().silent(leader.tree().sessions())).isEmpty();

        // when: its client comes back with another timeout
        applyTo(leader, origin, 1, new AttachSession(5, Trees.PASSWORD, 4_000));

        // then
        nanos[0] += TimeUnit.MILLISECONDS.toNanos(1_900);
        assertThat(leader.liveness().silent(leader.tree().sessions())).isEmpty();
        nanos[0] += TimeUnit.MILLISECONDS.toNanos(1_900);
        assertThat(leader.liveness().silent(leader.tree().sessions())).isEmpty();
        nanos[0] += TimeUnit.MILLISECONDS.toNanos(300);
        assertThat(leader.liveness().silent(leader.tree().sessions())).containsExactly(5L);
    }

    private static void applyTo(MetadataStateMachine machine, Origin origin, long sequence, ZnodeCommand command) {
        byte[] encoded = CommandCodec.encode(new TimedCommand(1, command));
        ByteBuffer unused = machine.apply(1, EntryCodec.encode(origin, sequence, 0, List.of(encoded)));
    }

    @Test
    void shouldApplyEachEntryOnceAndInOrder() {
        // given
        machine.setEntryListener(new Recorder());
        Origin first = new Origin(1, 11);
        Origin second = new Origin(1, 22);
        Origin other = new Origin(2, 33);

        // when
        apply(first, 0, 0, "/a");
        apply(first, 0, 0, "/late");
        apply(first, 2, 0, "/early");
        apply(other, 0, 0, "/b");
        apply(first, 1, 0, "/c", "/d");
        apply(second, 0, 0, "/does not replace the one before");
        apply(second, 0, 11, "/e");
        apply(first, 2, 0, "/of the old incarnation");
        apply(first, 0, 0, "/of the old incarnation");
        apply(second, 1, 11, "/f");

        // then
        assertThat(machine.tree().children("/")).containsExactly("a", "b", "c", "d", "e", "f", "zookeeper");
        assertThat(machine.tree().zxid()).isEqualTo(6);
        assertThat(told)
                .containsExactly(
                        "11/0.0 zxid 1",
                        "11/0 refused",
                        "11/2 refused",
                        "33/0.0 zxid 2",
                        "11/1.0 zxid 3",
                        "11/1.1 zxid 4",
                        "22/0 refused",
                        "22/0.0 zxid 5",
                        "11/2 refused",
                        "11/0 refused",
                        "22/1.0 zxid 6");
    }

    @Test
    void shouldTellOfEveryCommandBeforeItsOutcome() {
        // given
        machine.setEntryListener(new Recorder());
        machine.addListener(new TreeListener() {
            @Override
            public void onChange(ZnodeTree tree, List<ZnodeEvent> events) {
                assertThat(machine.tree()).isSameAs(tree);
                told.add("change " + tree.zxid() + " with " + events.size() + " events");
                throw new IllegalStateException("a listener's failure is its own");
            }

            @Override
            public void onRestored(ZnodeTree tree) {
                throw new AssertionError(tree);
            }
        });

        // when
        apply(new Origin(1, 11), 0, 0, "/a", "/a");

        // then
        assertThat(told)
                .containsExactly("change 1 with 2 events", "11/0.0 zxid 1", "change 2 with 0 events", "11/0.1 zxid 2");
    }

    @Test
    void shouldAnswerPingsOnTheLeaderOnly() {
        // given
        apply(Trees.session(77));
        apply(Trees.session(79));

        // when
        SessionPing.Answer asFollower = ping(77);
        machine.onLeadership(true);

        // then
        assertThat(asFollower).isEqualTo(SessionPing.Answer.NOT_LEADER);
        assertThat(ping(77, 79)).isEqualTo(SessionPing.Answer.ALIVE);
        assertThat(ping(77, 78, 79)).isEqualTo(SessionPing.Answer.NO_SESSION);
        ByteBuffer cut = SessionPing.question(List.of(77L));
        cut.limit(cut.limit() - 1);
        for (ByteBuffer malformed : List.of(ByteBuffer.allocate(3), cut, SessionPing.question(List.of()))) {
            assertThat(SessionPing.readAnswer(machine.query(malformed))).isEqualTo(SessionPing.Answer.NOT_UNDERSTOOD);
        }
    }

    @Test
    void shouldShowOneStateOfAMultiToReadersWhileItIsApplied() throws Exception {
        // given: /a and /b always have the same data
        apply(Create.persistent("/a", ZnodeData.EMPTY));
        apply(Create.persistent("/b", ZnodeData.EMPTY));
        CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> {
            long reads = 0;
            while (machine.tree().zxid() < 20_000) {
                var tree = machine.tree();
                assertThat(tree.get("/a").orElseThrow().data())
                        .isEqualTo(tree.get("/b").orElseThrow().data());
                reads++;
            }
            return reads;
        });

        // when
        for (int zxid = 3; zxid <= 20_000; zxid++) {
            ZnodeData data = ZnodeData.utf8("value " + zxid);
            apply(new ZnodeCommand.Multi(
                    List.of(new ZnodeCommand.SetData("/a", data, -1), new ZnodeCommand.SetData("/b", data, -1))));
        }

        // then
        assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
    }

    private SessionPing.Answer ping(long... sessionIds) {
        return SessionPing.readAnswer(machine.query(
                SessionPing.question(LongStream.of(sessionIds).boxed().toList())));
    }

    private void apply(ZnodeCommand command) {
        apply(Trees.ORIGIN, sequence++, 0, List.of(command));
    }

    private void apply(Origin origin, long entrySequence, long replaces, String... created) {
        apply(
                origin,
                entrySequence,
                replaces,
                Stream.of(created)
                        .map(path -> Create.persistent(path, ZnodeData.EMPTY))
                        .toList());
    }

    private void apply(Origin origin, long entrySequence, long replaces, List<? extends ZnodeCommand> commands) {
        List<byte[]> encoded = commands.stream()
                .map(command -> CommandCodec.encode(new TimedCommand(1, command)))
                .toList();
        ByteBuffer unused = machine.apply(7, EntryCodec.encode(origin, entrySequence, replaces, encoded));
    }

    private final class Recorder implements EntryListener {
        @Override
        public void onApplied(Origin origin, long entrySequence, int position, CommandOutcome outcome) {
            assertThat(machine.tree()).isSameAs(outcome.tree());
            told.add(origin.incarnation() + "/" + entrySequence + "." + position + " zxid " + outcome.zxid());
        }

        @Override
        public void onRefused(Origin origin, long entrySequence) {
            told.add(origin.incarnation() + "/" + entrySequence + " refused");
        }

        @Override
        public void onRestored() {
            told.add("restored");
        }
    }
}
