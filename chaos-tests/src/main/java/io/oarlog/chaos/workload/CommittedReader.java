package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** Asks from time to time what groups have committed. A thread of its own. */
final class CommittedReader implements Runnable {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int LIMIT_SECONDS = 10;

    private final Admin admin;
    private final Map<String, Integer> groups;
    private final HistoryRecorder history;
    private final Phase phase;
    private final ProcessNumbers numbers;

    /** @param groups and what is added to the keys of each, so that they are told apart */
    CommittedReader(
            Admin admin, Map<String, Integer> groups, HistoryRecorder history, Phase phase, ProcessNumbers numbers) {
        this.admin = admin;
        this.groups = Map.copyOf(groups);
        this.history = history;
        this.phase = phase;
        this.numbers = numbers;
    }

    @Override
    public void run() {
        try {
            while (phase.isRunning()) {
                ask();
                phase.pause(PAUSE_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of all groups in one operation: a key that is not in the answer has nothing committed. */
    private void ask() throws InterruptedException {
        Offsets nothing = Offsets.of(Map.of());
        history.invoke(numbers.current(), OpFunction.COMMITTED, nothing);
        try {
            Map<Integer, Long> byKey = new HashMap<>();
            for (Map.Entry<String, Integer> group : groups.entrySet()) {
                admin.listConsumerGroupOffsets(group.getKey())
                        .partitionsToOffsetAndMetadata()
                        .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                        .forEach((partition, offset) -> {
                            if (offset != null) {
                                byKey.put(group.getValue() + partition.partition(), offset.offset());
                            }
                        });
            }
            history.complete(numbers.current(), OpType.OK, OpFunction.COMMITTED, Offsets.of(byKey), List.of(), null);
        } catch (ExecutionException | TimeoutException e) {
            // It only reads: what comes of it later changes nothing.
            history.complete(numbers.current(), OpType.FAIL, OpFunction.COMMITTED, nothing, List.of(), e.toString());
        }
    }
}
