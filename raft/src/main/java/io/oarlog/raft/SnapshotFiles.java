package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of a hosted machine in their directory: the newest, and the one before in case that is damaged. A snapshot gets
 * its name when its bytes are durable, and older ones go when the name is.
 *
 * <p>One writer, many readers.
 */
final class SnapshotFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);
    /** Where they lie below the directory of a Raft group. */
    static final String DIRECTORY = "sm";

    private static final int KEPT = 2;

    private final Disk disk;
    private final Path directory;
    // Sound and durable, the newest last. Written under this object's monitor.
    private volatile List<Stored> stored;

    private record Stored(SnapshotFile file, TermIndex position) {}

    private SnapshotFiles(Disk disk, Path directory, List<Stored> stored) {
        this.disk = disk;
        this.directory = directory;
        this.stored = List.copyOf(stored);
    }

    /**
     * Reads all snapshots that are there; unfinished ones and all sound ones but the last two are deleted.
     *
     * @param logStartIndex first entry of the group's Raft log; nothing when the log has no file
     * @throws DamagedSnapshotException when the newest sound one, or none, and the Raft log do not lead to the state that this
     *     node had; nothing is changed then
     */
    static SnapshotFiles open(Disk disk, Path directory, OptionalLong logStartIndex) throws IOException {
        disk.createDirectories(directory);
        List<Stored> sound = new ArrayList<>();
        Optional<String> newestDamage = Optional.empty();
        List<Path> unfinished = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            if (SnapshotFile.isUnfinished(path)) {
                unfinished.add(path);
                continue;
            }
            Optional<SnapshotFile> file = SnapshotFile.of(path);
            if (file.isEmpty()) {
                continue;
            }
            try {
                sound.add(new Stored(file.get(), file.get().verify(disk, path)));
                newestDamage = Optional.empty();
            } catch (DamagedSnapshotException e) {
                LOG.atWarn().addKeyValue("file", path).log(e.getMessage());
                newestDamage = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        requireReach(directory, sound, newestDamage, logStartIndex);
        // The last process may have died between a rename and its sync, or before it deleted what is older.
        disk.syncDirectory(directory);
        for (Path path : unfinished) {
            disk.delete(path);
        }
        while (sound.size() > KEPT) {
            disk.delete(sound.remove(0).file().path());
        }
        return new SnapshotFiles(disk, directory, sound);
    }

    private static void requireReach(
            Path directory, List<Stored> sound, Optional<String> newestDamage, OptionalLong logStartIndex)
            throws DamagedSnapshotException {
        long nextIndex =
                sound.isEmpty() ? 0 : sound.get(sound.size() - 1).file().index() + 1;
        boolean isReached = logStartIndex.isPresent() ? logStartIndex.getAsLong() <= nextIndex : newestDamage.isEmpty();
        if (isReached) {
            return;
        }
        String log = logStartIndex.isPresent()
                ? "the Raft log begins at entry " + logStartIndex.getAsLong()
                : "the Raft log has no entries";
        throw new DamagedSnapshotException(newestDamage.orElse("a snapshot is missing in " + directory) + "; " + log
                + " and "
                + (sound.isEmpty() ? "there is no other snapshot" : "the one before ends at " + (nextIndex - 1))
                + ". Nothing was changed. Copy the newest snapshot of another node, from the same directory there, to "
                + directory + " and start this node again; leave all other files as they are");
    }

    /** The newest one; null when there is none. Does not wait: Raft looks at each request. */
    @Nullable
    TermIndex latest() {
        Stored newest = newest();
        return newest == null ? null : newest.position();
    }

    /** Up to which index, inclusive, no snapshot needs the Raft log any more; nothing while there is only one. */
    OptionalLong unneededIndex() {
        List<Stored> now = stored;
        return now.size() < KEPT
                ? OptionalLong.empty()
                : OptionalLong.of(now.get(now.size() - KEPT).file().index());
    }

    /** Writes a newer one than there is; durable when this returns. When it fails, what was there still is. */
    void add(TermIndex position, SnapshotSource.Snapshot content, BooleanSupplier isCancelled) throws IOException {
        SnapshotFile file = SnapshotFile.in(directory, position.getIndex());
        try {
            file.write(disk, position.getTerm(), content, isCancelled);
            publish(new Stored(file, position));
        } catch (IOException | RuntimeException e) {
            deleteUnfinished(file);
            throw e;
        }
    }

    /**
     * Adds one that was written elsewhere; durable when this returns.
     *
     * @param bytes writes the file as it is there to the one that it is given
     * @throws DamagedSnapshotException when it arrived damaged; what was there still is
     */
    TermIndex addCopy(long index, Copying bytes) throws IOException {
        SnapshotFile file = SnapshotFile.in(directory, index);
        try {
            try (DiskFile copy = disk.open(file.unfinished())) {
                copy.truncate(0);
                bytes.writeTo(copy);
                copy.force();
            }
            TermIndex position = file.verify(disk, file.unfinished());
            publish(new Stored(file, position));
            return position;
        } catch (IOException | RuntimeException e) {
            deleteUnfinished(file);
            throw e;
        }
    }

    /** Writes a copy. */
    interface Copying {
        void writeTo(DiskFile file) throws IOException;
    }

    // Synchronized with read(): it deletes files.
    private synchronized void publish(Stored snapshot) throws IOException {
        disk.move(snapshot.file().unfinished(), snapshot.file().path());
        disk.syncDirectory(directory);
        List<Stored> now = new ArrayList<>(stored);
        now.add(snapshot);
        stored = List.copyOf(now.subList(Math.max(0, now.size() - KEPT), now.size()));
        deleteOlder();
    }

    private void deleteOlder() {
        List<Path> kept = stored.stream().map(s -> s.file().path()).toList();
        long newest = stored.get(stored.size() - 1).file().index();
        try {
            for (Path path : disk.list(directory)) {
                // Also those that were found damaged: the newest one and the Raft log do without them. But none that
                // is newer: whoever wrote it knows of this one.
                boolean isOlder = SnapshotFile.of(path)
                        .filter(file -> file.index() < newest)
                        .isPresent();
                if (isOlder && !kept.contains(path)) {
                    disk.delete(path);
                }
            }
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("directory", directory)
                    .setCause(e)
                    .log("older snapshots stay; they are deleted after the next one");
        }
    }

    private void deleteUnfinished(SnapshotFile file) {
        try {
            if (disk.exists(file.unfinished())) {
                disk.delete(file.unfinished());
            }
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", file.unfinished()).setCause(e).log("the next start deletes it");
        }
    }

    /** Gives the newest one to the machine, if there is one, and tells which that was. */
    Optional<TermIndex> restoreLatest(SnapshotSource machine) throws IOException {
        Stored newest = newest();
        if (newest == null) {
            return Optional.empty();
        }
        newest.file().restore(disk, machine);
        return Optional.of(newest.position());
    }

    private @Nullable Stored newest() {
        List<Stored> now = stored;
        return now.isEmpty() ? null : now.get(now.size() - 1);
    }

    /** A part of a snapshot's file, for another node. */
    synchronized SnapshotPiece read(SnapshotPieceRequest request) throws IOException {
        // Not while one is deleted: opening would create it anew.
        Optional<Stored> asked = request.isForNewest()
                ? Optional.ofNullable(newest())
                : stored.stream()
                        .filter(s -> s.file().index() == request.index())
                        .findFirst();
        if (asked.isEmpty()) {
            return SnapshotPiece.NONE;
        }
        try (DiskFile file = disk.open(asked.get().file().path())) {
            long left = Math.max(0, file.size() - request.position());
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(SnapshotPiece.MAX_BYTES, left));
            file.read(bytes, request.position());
            return new SnapshotPiece(asked.get().file().index(), file.size(), bytes.flip());
        }
    }
}
