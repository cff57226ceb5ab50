package io.oarlog.chaos.workload;

import java.util.Random;

/** Sends only, through what it shares with others; one process after another, as in {@link LogProcess}. A thread of its own. */
final class SendProcess implements Runnable {
    private final Sends sends;
    private final Sender sender;
    private final Keyspace keyspace;
    private final Phase phase;
    private final ProcessNumbers numbers;
    private final double meanPauseNanos;
    private final Random random;

    SendProcess(
            Sends sends,
            Sender sender,
            Keyspace keyspace,
            Phase phase,
            ProcessNumbers numbers,
            double meanPauseNanos,
            long seed) {
        this.sends = sends;
        this.sender = sender;
        this.keyspace = keyspace;
        this.phase = phase;
        this.numbers = numbers;
        this.meanPauseNanos = meanPauseNanos;
        this.random = new Random(seed);
    }

    @Override
    public void run() {
        try {
            while (phase.isRunning()) {
                if (!sends.send(numbers.current(), sender, random.nextInt(keyspace.size()))) {
                    sender.close();
                    numbers.next();
                }
                phase.pause((long) (-Math.log(1 - random.nextDouble()) * meanPauseNanos));
            }
            keyspace.sent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sender.close();
        }
    }
}
