package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.CommandOutcome;
import io.oarlog.metadata.tree.OutcomeCodec;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeError;
import io.oarlog.metadata.tree.ZnodeResult;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MetadataStateMachineTest {
    private final MetadataStateMachine machine = new MetadataStateMachine(() -> 0);

    @Test
    void shouldAnswerAnErrorAndGoOnWhenACommandCannotBeRead() {
        for (int seed = 0; seed < 20; seed++) {
            // given
            byte[] bytes = new byte[2 * seed];
            new Random(seed).nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = 9; // no such version
            }

            // when
            CommandOutcome outcome = OutcomeCodec.decode(machine.apply(seed + 1, ByteBuffer.wrap(bytes)));

            // then
            assertThat(outcome)
                    .as("seed %d", seed)
                    .isEqualTo(new CommandOutcome(seed + 1L, new ZnodeResult.Failed(ZnodeError.MALFORMED)));
        }
        assertThat(apply(21, ZnodeCommand.Create.persistent("/a", ZnodeData.EMPTY)))
                .isInstanceOf(ZnodeResult.Created.class);
    }

    @Test
    void shouldCompleteWhoWaitsOnceTheZxidOrALaterOneIsApplied() {
        // given
        CompletableFuture<Void> five = machine.awaitApplied(5);
        CompletableFuture<Void> seven = machine.awaitApplied(7);
        CompletableFuture<Void> eight = machine.awaitApplied(8);

        // when
        apply(7, new ZnodeCommand.Sync());

        // then
        assertThat(five).isCompleted();
        assertThat(seven).isCompleted();
        assertThat(eight).isNotDone();
        assertThat(machine.awaitApplied(6)).isCompleted();
    }

    @Test
    void shouldAnswerPingsOnTheLeaderOnly() {
        // given
        apply(1, new ZnodeCommand.CreateSession(77, 6_000));

        // when
        SessionPing.Answer asFollower = ping(77);
        machine.onLeadership(true);

        // then
        assertThat(asFollower).isEqualTo(SessionPing.Answer.NOT_LEADER);
        assertThat(ping(77)).isEqualTo(SessionPing.Answer.ALIVE);
        assertThat(ping(78)).isEqualTo(SessionPing.Answer.NO_SESSION);
        assertThat(SessionPing.readAnswer(machine.query(ByteBuffer.allocate(3))))
                .isEqualTo(SessionPing.Answer.NOT_UNDERSTOOD);
    }

    @Test
    void shouldShowOneStateOfAMultiToReadersWhileItIsApplied() throws Exception {
        // given: /a and /b always have the same data
        apply(1, ZnodeCommand.Create.persistent("/a", ZnodeData.EMPTY));
        apply(2, ZnodeCommand.Create.persistent("/b", ZnodeData.EMPTY));
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
            apply(
                    zxid,
                    new ZnodeCommand.Multi(List.of(
                            new ZnodeCommand.SetData("/a", data, -1), new ZnodeCommand.SetData("/b", data, -1))));
        }

        // then
        assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
    }

    private SessionPing.Answer ping(long sessionId) {
        return SessionPing.readAnswer(machine.query(SessionPing.question(sessionId)));
    }

    private ZnodeResult apply(long zxid, ZnodeCommand command) {
        byte[] encoded = CommandCodec.encode(new TimedCommand(1, command));
        CommandOutcome outcome = OutcomeCodec.decode(machine.apply(zxid, ByteBuffer.wrap(encoded)));
        assertThat(outcome.zxid()).isEqualTo(zxid);
        return outcome.result();
    }
}
