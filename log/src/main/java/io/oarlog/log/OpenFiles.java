package io.oarlog.log;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The segment files that a process has open, over all of its logs: at most a given number, but for those in use. The one
 * that was used longest ago is closed first. Thread-safe.
 */
public final class OpenFiles {
    private final int maxOpen;
    /** Open files that nobody uses, the one used longest ago first. */
    private final LinkedHashSet<SegmentFile> idle = new LinkedHashSet<>(); // guarded by this

    private int open; // guarded by this

    /** @param maxOpen files to keep open; more only while more are in use at once */
    public OpenFiles(int maxOpen) {
        if (maxOpen < 1) {
            throw new IllegalArgumentException("maxOpen must be at least 1, found " + maxOpen);
        }
        this.maxOpen = maxOpen;
    }

    /** How many are open now. */
    public synchronized int count() {
        return open;
    }

    synchronized void onOpened() {
        open++;
    }

    synchronized void onClosed(SegmentFile file) {
        idle.remove(file);
        open--;
    }

    synchronized void onUsed(SegmentFile file) {
        idle.remove(file);
    }

    /** Nobody uses the file any more, for now. Called without the file's lock; closes what is too much. */
    void onIdle(SegmentFile file) {
        takeSurplus(file).forEach(SegmentFile::closeIfIdle);
    }

    private synchronized List<SegmentFile> takeSurplus(SegmentFile file) {
        idle.remove(file);
        if (!file.isDropped()) {
            idle.add(file);
        }
        List<SegmentFile> surplus = new ArrayList<>();
        var eldest = idle.iterator();
        while (open - surplus.size() > maxOpen && eldest.hasNext()) {
            surplus.add(eldest.next());
            eldest.remove();
        }
        return surplus;
    }
}
