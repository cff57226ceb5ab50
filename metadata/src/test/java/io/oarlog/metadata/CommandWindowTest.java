package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class CommandWindowTest {
    private final CommandWindow window = new CommandWindow(2, 2);
    private final List<CompletableFuture<String>> started = new ArrayList<>();

    @Test
    void shouldStartInOrderAsOthersEndAndRefuseWhatHasNoRoom() {
        // given
        CompletableFuture<String> first = enter();
        CompletableFuture<String> second = enter();
        CompletableFuture<String> third = enter();
        CompletableFuture<String> fourth = enter();

        // when
        CompletableFuture<String> fifth = enter();

        // then
        assertThat(started).hasSize(2);
        assertThatThrownBy(fifth::join).hasCauseInstanceOf(TimeoutException.class);
        started.get(1).complete("b");
        assertThat(second).isCompletedWithValue("b");
        assertThat(started).hasSize(3);
        started.get(0).completeExceptionally(new IllegalStateException("a"));
        assertThat(first).isCompletedExceptionally();
        assertThat(started).hasSize(4);
        started.get(2).complete("c");
        started.get(3).complete("d");
        assertThat(third).isCompletedWithValue("c");
        assertThat(fourth).isCompletedWithValue("d");
    }

    @Test
    void shouldGoOnWhenACommandCannotBeStarted() {
        // given
        for (int i = 0; i < 5; i++) {
            // when
            CompletableFuture<String> refused = window.enter(() -> {
                throw new IllegalStateException("closed");
            });

            // then
            assertThat(refused).isCompletedExceptionally();
        }
        CompletableFuture<String> next = enter();
        started.get(0).complete("a");
        assertThat(next).isCompletedWithValue("a");
    }

    private CompletableFuture<String> enter() {
        return window.enter(() -> {
            CompletableFuture<String> command = new CompletableFuture<>();
            started.add(command);
            return command;
        });
    }
}
