package io.oarlog.chaos.workload;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How far a run is: it runs, then nothing more is sent and what is there is read to its end. Thread-safe. */
final class Phase {
    private final CountDownLatch ended = new CountDownLatch(1);

    boolean isRunning() {
        return ended.getCount() > 0;
    }

    /** Nothing more is begun; what is under way is finished. */
    void end() {
        ended.countDown();
    }

    /** Waits so long, or until the run ends. */
    void pause(long nanos) throws InterruptedException {
        boolean unused = ended.await(nanos, TimeUnit.NANOSECONDS);
    }
}
