package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.Test;

class HeardCommitsTest {
    private static final RaftGroupId GROUP = RaftGroupId.valueOf(UUID.randomUUID());

    private long nowNanos;
    private final HeardCommits heard = new HeardCommits(() -> nowNanos);

    private static AppendEntriesRequestProto request(long committed, long previous, int entries) {
        AppendEntriesRequestProto.Builder request = AppendEntriesRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(GROUP.toByteString())))
                // What Ratis lets this follower know, and what the leader, and another follower, have.
                .setLeaderCommit(previous)
                .setPreviousLog(TermIndexProto.newBuilder().setIndex(previous))
                .addCommitInfos(CommitInfoProto.newBuilder().setCommitIndex(committed))
                .addCommitInfos(CommitInfoProto.newBuilder().setCommitIndex(committed - 1));
        for (int i = 0; i < entries; i++) {
            request.addEntries(LogEntryProto.getDefaultInstance());
        }
        return request.build();
    }

    private void answer(AppendEntriesRequestProto request, AppendResult result) {
        heard.onAnswer(
                request, AppendEntriesReplyProto.newBuilder().setResult(result).build());
    }

    @Test
    void shouldKnowWhatTheLeaderHasCommittedBeyondWhatItSends() {
        answer(request(100, 40, 0), AppendResult.SUCCESS);
        assertThat(heard.of(GROUP)).hasValue(100);
    }

    @Test
    void shouldKnowNothingOfALeaderThatIsSilent() {
        answer(request(100, 40, 0), AppendResult.SUCCESS);
        nowNanos += Duration.ofSeconds(4).toNanos();
        assertThat(heard.of(GROUP)).isEmpty();
    }

    @Test
    void shouldNotBelieveWhoIsNoLeaderAnyMore() {
        answer(request(100, 40, 0), AppendResult.NOT_LEADER);
        assertThat(heard.of(GROUP)).isEmpty();
    }

    @Test
    void shouldKnowHowFarALeaderHasLookedForWhereTheLogsPart() {
        // when
        answer(request(100, 40, 1), AppendResult.INCONSISTENCY);
        answer(request(100, 38, 1), AppendResult.INCONSISTENCY);
        answer(request(100, 39, 1), AppendResult.INCONSISTENCY);
        answer(request(100, 90, 0), AppendResult.SUCCESS); // a heartbeat

        // then
        assertThat(heard.askedIndex(GROUP)).isEqualTo(38);

        // and
        answer(request(100, 37, 1), AppendResult.SUCCESS);
        assertThat(heard.askedIndex(GROUP)).isEqualTo(HeardCommits.NOT_ASKED);
    }

    @Test
    void shouldForgetGroupsThatAreNotHostedAnyMore() {
        answer(request(100, 40, 0), AppendResult.SUCCESS);
        heard.retain(Set.of());
        assertThat(heard.of(GROUP)).isEmpty();
    }
}
