package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class BatchMemoryTest {
    private final BatchMemory memory = new BatchMemory(1024, 4096);

    private @Nullable ByteBuffer take(int bytes, long waitSeconds) {
        try {
            return memory.take(bytes, TimeUnit.SECONDS.toNanos(waitSeconds));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldGiveNoMoreThanThereIs() {
        // given
        ByteBuffer first = take(100, 0);
        ByteBuffer large = take(3000, 0);
        assertThat(first).isNotNull();
        assertThat(large).isNotNull();

        // when, then
        assertThat(take(1, 0)).isNull();
        assertThat(memory.canHold(4096)).isTrue();
        assertThat(memory.canHold(4097)).isFalse();
    }

    @Test
    void shouldWakeAWaiterWhenABufferComesBack() {
        // given
        ByteBuffer all = take(4096, 0);
        CompletableFuture<Boolean> waiter = CompletableFuture.supplyAsync(() -> take(1, 30) != null);
        assertThat(waiter).isNotDone();

        // when
        if (all != null) {
            memory.giveBack(all);
        }

        // then
        assertThat(waiter.join()).isTrue();
    }

    @Test
    void shouldWakeWaitersEmptyHandedWhenClosed() {
        // given
        take(4096, 0);
        CompletableFuture<Boolean> waiter = CompletableFuture.supplyAsync(() -> take(1, 30) != null);

        // when
        memory.close();

        // then
        await().until(waiter::isDone);
        assertThat(waiter.join()).isFalse();
    }
}
