package io.oarlog.log;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that loses what it was not asked to keep. It holds two images: what a running process sees, and what is
 * there after a power cut. Bytes and truncations of a file pass from the first to the second at {@link DiskFile#force}, names
 * at {@link #syncDirectory}; directories at once. Thread-safe; everything random comes from the seed.
 *
 * <p>After a {@link #powerCut} the files that were open are dead, as their process is. After {@link #killAfter} took effect all
 * is refused until {@link #restart} or a power cut. A failed force drops what it should have made durable and keeps showing
 * it to readers, as Linux does: trying again succeeds and proves nothing.
 */
public final class FaultyDisk implements Disk {
    /** What a power cut leaves of what was not synced. */
    public enum Unsynced {
        /** Nothing. */
        LOST,
        /** Any writes, truncations and names, whatever their order was, some writes torn at a sector. */
        SCATTERED,
        /** All of it, but of the last write to each file: that one is torn at a sector. */
        TORN,
        /** All of it. */
        KEPT
    }

    private static final int NEVER = -1;

    private final SplittableRandom random;
    private final Map<Path, FaultyFile> names = new TreeMap<>(); // guarded by this, as all below
    private final TreeSet<Path> directories = new TreeSet<>();
    private final Map<Path, FaultyFile> durableNames = new TreeMap<>();
    private final List<NameChange> unsyncedNames = new ArrayList<>();
    private final Map<Path, Long> bytesWritten = new HashMap<>();
    private Consumer<Path> beforeOpen = path -> {};
    private int generation;
    private int writesUntilFault = NEVER;
    private int forcesUntilFault = NEVER;
    private int changesUntilDeath = NEVER;
    private boolean isDead;
    private @Nullable Error nextWriteError;
    private long capacityBytes = Long.MAX_VALUE;
    private int usableBytesAsked;
    private boolean isFullnessSeen = true;
    private long bytesRead;
    private int forces;
    private int openFiles;

    /** A name that points to a file from now on, or to none. One rename is two of them that survive together. */
    private record NameChange(
            Path directory,
            Path name,
            @Nullable FaultyFile file,
            @Nullable Path removed) {}

    public FaultyDisk(long seed) {
        this.random = new SplittableRandom(seed);
    }

    // Faults to come.

    /** The {@code n}-th write from now on fails (1: the next one); any part of it may be in the file. */
    public synchronized void failWrite(int n) {
        writesUntilFault = n;
    }

    /** The next write fails with an error that is no {@link IOException}, after a part of it. */
    public synchronized void failNextWriteWith(Error error) {
        nextWriteError = error;
    }

    /** The {@code n}-th force of a file or sync of a directory from now on fails (1: the next one). */
    public synchronized void failForce(int n) {
        forcesUntilFault = n;
    }

    /** The {@code n}-th change from now on kills the process midway: it and everything after it fails. */
    public synchronized void killAfter(int n) {
        changesUntilDeath = n;
    }

    /** Forgets all faults that were asked for and have not come. */
    public synchronized void heal() {
        writesUntilFault = NEVER;
        forcesUntilFault = NEVER;
        changesUntilDeath = NEVER;
        nextWriteError = null;
        capacityBytes = Long.MAX_VALUE;
        isFullnessSeen = true;
    }

    /** Lets all files together grow by {@code bytes} more, then the disk is full. */
    public synchronized void leaveSpace(long bytes) {
        capacityBytes = usedBytes() + bytes;
    }

    /** As {@link #leaveSpace}, but {@link #usableBytes} does not tell, as with a quota. */
    public synchronized void leaveSpaceUnseen(long bytes) {
        leaveSpace(bytes);
        isFullnessSeen = false;
    }

    /** How often {@link #usableBytes} was asked for. */
    public synchronized int usableBytesAsked() {
        return usableBytesAsked;
    }

    /** Called, without a lock, before each {@link #open}: a test can wait in it. */
    public synchronized void beforeOpen(Consumer<Path> hook) {
        beforeOpen = hook;
    }

    // Faults now.

    /** The process starts anew on a machine that was up all the time: it finds what the last one saw. */
    public synchronized void restart() {
        heal();
        isDead = false;
        generation++;
        openFiles = 0;
    }

    /** The machine goes down and up again. */
    public synchronized void powerCut(Unsynced unsynced) {
        powerCut(unsynced, random);
    }

    /** The same, with a randomness of its own: the same changes can be lost in many ways. */
    synchronized void powerCut(Unsynced unsynced, SplittableRandom random) {
        for (NameChange change : unsyncedNames) {
            boolean isKept = switch (unsynced) {
                case LOST -> false;
                case SCATTERED -> random.nextBoolean();
                case TORN, KEPT -> true;
            };
            if (isKept) {
                applyDurably(change);
            }
        }
        unsyncedNames.clear();
        names.clear();
        names.putAll(durableNames);
        names.values().stream().distinct().forEach(file -> file.powerCut(unsynced, random));
        restart();
    }

    /** Inverts one bit or more of a byte, in both images. */
    public synchronized void flip(Path path, long position, int bits) {
        requireFile(path).flip(position, bits);
    }

    // What happened.

    /** Bytes passed to {@link DiskFile#write} so far, for all files of such names. */
    public synchronized long bytesWritten(Predicate<Path> files) {
        return bytesWritten.entrySet().stream()
                .filter(entry -> files.test(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Bytes that {@link DiskFile#read} gave so far. */
    public synchronized long bytesRead() {
        return bytesRead;
    }

    /** Forces of files and syncs of directories so far, those that failed among them. */
    public synchronized int forces() {
        return forces;
    }

    /** Whether a power cut now could take something. */
    public synchronized boolean hasUnsynced() {
        return !unsyncedNames.isEmpty() || names.values().stream().anyMatch(FaultyFile::hasUnforced);
    }

    /** Whether the process was killed and not started again since. */
    public synchronized boolean isDead() {
        return isDead;
    }

    /** Files that the running process has open. */
    public synchronized int openFiles() {
        return openFiles;
    }

    /** A copy of what a process sees of a file. */
    public synchronized byte[] content(Path path) {
        return requireFile(path).content();
    }

    /** A copy of everything that a process sees, by name. */
    public synchronized Map<Path, byte[]> contents() {
        Map<Path, byte[]> contents = new TreeMap<>();
        names.forEach((path, file) -> contents.put(path, file.content()));
        return contents;
    }

    /** Replaces a file, in both images. */
    public synchronized void put(Path path, byte[] content) {
        FaultyFile file = FaultyFile.durable(content);
        names.put(path, file);
        durableNames.put(path, file);
    }

    // The disk.

    @Override
    public DiskFile open(Path path) throws IOException {
        hook().accept(path);
        synchronized (this) {
            requireAlive();
            FaultyFile file = names.get(path);
            if (file == null) {
                if (!directories.contains(parent(path))) {
                    throw new NoSuchFileException(path.toString());
                }
                change();
                file = new FaultyFile();
                names.put(path, file);
                unsyncedNames.add(new NameChange(parent(path), path, file, null));
            }
            openFiles++;
            return new FaultyDiskFile(this, path, file, generation);
        }
    }

    private synchronized Consumer<Path> hook() {
        return beforeOpen;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        requireAlive();
        for (Path path = directory; path != null && !directories.contains(path); path = path.getParent()) {
            directories.add(path);
        }
    }

    @Override
    public synchronized List<Path> list(Path directory) throws IOException {
        requireAlive();
        if (!directories.contains(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        TreeSet<Path> found = new TreeSet<>();
        names.keySet().stream()
                .filter(path -> directory.equals(path.getParent()))
                .forEach(found::add);
        directories.stream().filter(path -> directory.equals(path.getParent())).forEach(found::add);
        return List.copyOf(found);
    }

    @Override
    public synchronized boolean exists(Path path) {
        return names.containsKey(path) || directories.contains(path);
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        return directories.contains(path);
    }

    @Override
    public synchronized long size(Path path) throws IOException {
        requireAlive();
        FaultyFile file = names.get(path);
        if (file == null) {
            throw new NoSuchFileException(path.toString());
        }
        return file.size();
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        requireAlive();
        if (directories.contains(path)) {
            if (!list(path).isEmpty()) {
                throw new DirectoryNotEmptyException(path.toString());
            }
            directories.remove(path);
            syncNames(path);
            return;
        }
        if (!names.containsKey(path)) {
            throw new NoSuchFileException(path.toString());
        }
        change();
        names.remove(path);
        unsyncedNames.add(new NameChange(parent(path), path, null, null));
    }

    @Override
    public synchronized void move(Path source, Path target) throws IOException {
        requireAlive();
        FaultyFile file = names.get(source);
        if (file == null) {
            throw new NoSuchFileException(source.toString());
        }
        change();
        names.remove(source);
        names.put(target, file);
        unsyncedNames.add(new NameChange(parent(target), target, file, source));
    }

    @Override
    public synchronized long usableBytes(Path directory) throws IOException {
        requireAlive();
        usableBytesAsked++;
        return isFullnessSeen ? Math.max(0, capacityBytes - usedBytes()) : Long.MAX_VALUE;
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        requireAlive();
        forced("sync of " + directory);
        change();
        syncNames(directory);
    }

    private void syncNames(Path directory) {
        for (NameChange change : List.copyOf(unsyncedNames)) {
            if (change.directory().equals(directory)) {
                applyDurably(change);
                unsyncedNames.remove(change);
            }
        }
    }

    private void applyDurably(NameChange change) {
        if (change.file() == null) {
            durableNames.remove(change.name());
        } else {
            durableNames.put(change.name(), change.file());
        }
        if (change.removed() != null) {
            durableNames.remove(change.removed());
        }
    }

    // For the open files, which hold this object's monitor.

    SplittableRandom random() {
        return random;
    }

    void requireOpen(int openedIn) throws IOException {
        requireAlive();
        if (openedIn != generation) {
            throw new IOException("the process that opened this file is gone");
        }
    }

    /** Counts a change; throws when it is the one that kills the process. */
    void change() throws IOException {
        if (changesUntilDeath != NEVER && --changesUntilDeath <= 0) {
            isDead = true;
            throw new IOException("the process is killed here");
        }
    }

    /** How many of {@code bytes} that would grow the file by {@code growth} are written; fewer: the write has to fail. */
    int admit(Path path, int bytes, long growth) {
        bytesWritten.merge(path, (long) bytes, Long::sum);
        boolean isFault = nextWriteError != null
                || changesUntilDeath == 1
                || (writesUntilFault != NEVER && --writesUntilFault == 0);
        if (isFault) {
            return random.nextInt(Math.max(bytes, 1));
        }
        long space = capacityBytes - usedBytes();
        return growth <= space ? bytes : (int) Math.max(0, bytes - (growth - space));
    }

    void throwWriteFault(Path path) throws IOException {
        Error error = nextWriteError;
        if (error != null) {
            nextWriteError = null;
            throw error;
        }
        change();
        boolean isAskedFor = writesUntilFault == 0;
        writesUntilFault = isAskedFor ? NEVER : writesUntilFault;
        if (isAskedFor) {
            throw new IOException(path + ": write failed");
        }
        throw new NoSpaceException(path + ": no space left on device", null);
    }

    void forced(String what) throws IOException {
        forces++;
        if (forcesUntilFault != NEVER && --forcesUntilFault == 0) {
            throw new IOException(what + " failed");
        }
    }

    void closed(int openedIn) {
        openFiles -= openedIn == generation ? 1 : 0;
    }

    void read(int bytes) {
        bytesRead += bytes;
    }

    private long usedBytes() {
        return names.values().stream().mapToLong(FaultyFile::size).sum();
    }

    private void requireAlive() throws IOException {
        if (isDead) {
            throw new IOException("the process is dead");
        }
    }

    private FaultyFile requireFile(Path path) {
        FaultyFile file = names.get(path);
        if (file == null) {
            throw new IllegalArgumentException(path + ": no such file, there are " + names.keySet());
        }
        return file;
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no parent");
        }
        return parent;
    }
}
