package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class CommitNudgeTest {
    private final List<CompletableFuture<Void>> sent = new ArrayList<>();
    private final CommitNudge nudge = new CommitNudge(() -> {
        CompletableFuture<Void> entry = new CompletableFuture<>();
        sent.add(entry);
        return entry;
    });

    @Test
    void shouldSendOneEntryForAllThatIsWanted() {
        // given
        nudge.toward(5);
        nudge.toward(4);

        // when
        sent.get(0).complete(null);

        // then
        assertThat(sent).hasSize(1);
    }

    @Test
    void shouldSendAnotherEntryWhenMoreWasCommittedMeanwhile() {
        // given
        nudge.toward(5);
        nudge.toward(7);

        // when
        sent.get(0).completeExceptionally(new TimeoutException());

        // then
        assertThat(sent).hasSize(2);
        sent.get(1).complete(null);
        nudge.toward(8);
        assertThat(sent).hasSize(3);
    }
}
