package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A wall clock that runs too fast or too slow: it is set a little further off each second, by a thread of this fault. */
final class ClockDrift implements Fault {
    private static final long STEP_MILLIS = 1_000;

    private final Cluster cluster;
    private final int node;
    private final double perSecond;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread stepping = new Thread(this::drift, "clock-drift");

    /** @param perSecond seconds that the clock gains in a second */
    ClockDrift(Cluster cluster, int node, double perSecond) {
        this.cluster = cluster;
        this.node = node;
        this.perSecond = perSecond;
    }

    @Override
    public Optional<String> make() {
        stepping.setDaemon(true);
        stepping.start();
        return Optional.of("node " + node + " gains " + perSecond + " s a second");
    }

    private void drift() {
        double gained = 0;
        try {
            while (!ended.await(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
                gained += perSecond * STEP_MILLIS / 1_000;
                cluster.setClock(node, gained);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void mend() throws IOException, InterruptedException {
        ended.countDown();
        stepping.join();
        cluster.setClock(node, 0);
    }
}
