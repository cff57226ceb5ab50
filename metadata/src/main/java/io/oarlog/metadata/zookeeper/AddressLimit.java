package io.oarlog.metadata.zookeeper;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts connections by client address. Thread-safe. */
final class AddressLimit {
    private final int max;
    private final Map<InetAddress, Integer> counts = new ConcurrentHashMap<>();

    /** @param max 0: no limit */
    AddressLimit(int max) {
        this.max = max;
    }

    /** Counts one more, unless there are as many as there may be. */
    boolean enter(InetAddress address) {
        boolean[] entered = new boolean[1];
        counts.compute(address, (same, count) -> {
            int before = count == null ? 0 : count;
            entered[0] = max == 0 || before < max;
            return entered[0] ? Integer.valueOf(before + 1) : count;
        });
        return entered[0];
    }

    /** Takes back one {@link #enter}. */
    void leave(InetAddress address) {
        counts.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }
}
