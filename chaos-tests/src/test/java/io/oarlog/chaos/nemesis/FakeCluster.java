package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import io.oarlog.chaos.cluster.OperatorCommand;
import io.oarlog.chaos.cluster.Tool;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Three nodes that answer an operator in the order in which the answers were put in; without one a command does not end. */
final class FakeCluster implements OperatedCluster {
    final Deque<Tool.Result> answers = new ArrayDeque<>();
    final List<String> asked = new ArrayList<>();
    final Set<Integer> serving = new HashSet<>();
    final List<Integer> wiped = new ArrayList<>();
    long nowNanos;
    int starts;
    int open;
    private final Set<Integer> running = new HashSet<>(Set.of(1, 2, 3));
    private final Set<Integer> ended = new HashSet<>();

    /** Killed, as by a fault. */
    void kill(int node) {
        running.remove(node);
        ended.add(node);
    }

    void endByItself(int node) {
        running.remove(node);
    }

    @Override
    public OperatorCommand operate(List<String> arguments) {
        asked.add(String.join(" ", arguments));
        open++;
        return new OperatorCommand() {
            @Override
            public Optional<Tool.Result> result() {
                return Optional.ofNullable(answers.poll());
            }

            @Override
            public Tool.Result await(Duration limit) {
                return answers.remove();
            }

            @Override
            public void close() {
                open--;
            }
        };
    }

    @Override
    public void start(int node) {
        starts++;
        ended.remove(node);
        running.add(node);
    }

    @Override
    public void wipe(int node) {
        kill(node);
        wiped.add(node);
    }

    @Override
    public boolean isServing(int node) {
        return serving.contains(node);
    }

    @Override
    public boolean isRunning(int node) {
        return running.contains(node);
    }

    @Override
    public boolean isEnded(int node) {
        return ended.contains(node);
    }

    @Override
    public int size() {
        return 3;
    }
}
