package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A file system of one node's own: ext4 in a file, mounted through a loop device. A power cut is the file system's own shutdown
 * without a flush of its journal (the ioctl that {@code xfs_io -c shutdown} makes): everything fails from that moment on, and the
 * next mount finds what had reached the device: whatever was not forced to it is gone.
 */
final class Volume implements AutoCloseable {
    private static final String BALLAST = "ballast";
    private static final Duration DETACH_LIMIT = Duration.ofSeconds(60);

    private final Path image;
    private final Path mountPoint;
    private final UndoJournal journal;
    private long undo = -1;

    private Volume(Path image, Path mountPoint, UndoJournal journal) {
        this.image = image;
        this.mountPoint = mountPoint;
        this.journal = journal;
    }

    /** Why there are none here, tried out with a small one in the directory; empty when there are. */
    static Optional<String> lack(Path directory, UndoJournal journal) throws InterruptedException {
        if (!Tool.tryRun(List.of("id", "-u")).output().equals("0")) {
            return Optional.of("volumes are mounted by root: run it with sudo");
        }
        if (!Tool.isThere("xfs_io")) {
            return Optional.of("xfs_io is missing: apt-get install xfsprogs");
        }
        try (Volume volume = create(directory.resolve("probe.img"), directory.resolve("probe"), 16, journal)) {
            volume.cutPower();
            volume.unmount();
            volume.mount();
            return Optional.empty();
        } catch (IOException | ToolFailedException e) {
            return Optional.of("a loop-mounted ext4 cannot be made and shut down: " + e.getMessage());
        }
    }

    /** Makes and mounts one. */
    static Volume create(Path image, Path mountPoint, int mebibytes, UndoJournal journal) throws IOException {
        Files.createDirectories(mountPoint);
        Tool.run("truncate", "-s", mebibytes + "M", image.toString());
        Tool.run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        Volume volume = new Volume(image, mountPoint, journal);
        volume.mount();
        return volume;
    }

    /** Where its files are. */
    Path root() {
        return mountPoint;
    }

    void mount() {
        undo = journal.willDo(List.of("umount", "-l", mountPoint.toString()));
        Tool.run("mount", "-o", "loop", image.toString(), mountPoint.toString());
    }

    /**
     * Nothing may use it any more. Returns when its device is free: the namespace of a process that has just ended is taken apart
     * in the background, and to mount it before that would give the same file system again, shut down as it is.
     */
    void unmount() throws InterruptedException {
        long deadline = System.nanoTime() + DETACH_LIMIT.toNanos();
        while (Tool.tryRun(List.of("umount", mountPoint.toString())).status() != 0) {
            if (System.nanoTime() > deadline) {
                throw new ToolFailedException(mountPoint + " cannot be unmounted");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        journal.undone(undo);
        while (!Tool.run("losetup", "-j", image.toString()).isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new ToolFailedException(image + " is in use " + DETACH_LIMIT.toSeconds() + " s after its umount");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** From here on everything fails; what was not forced to the device is gone with the next mount. */
    void cutPower() {
        Tool.run("xfs_io", "-x", "-c", "shutdown", mountPoint.toString());
    }

    /** Leaves no free byte. */
    void fill() throws IOException {
        Path ballast = mountPoint.resolve(BALLAST);
        long free = Files.getFileStore(mountPoint).getUsableSpace();
        Tool.tryRun(List.of("fallocate", "-l", Long.toString(Math.max(free, 1)), ballast.toString()));
        // What is left: allocation of the exact rest may fail for the file system's own needs.
        Tool.tryRun(List.of("sh", "-c", "cat /dev/zero >> \"$0\" 2> /dev/null; sync \"$0\"; true", ballast.toString()));
    }

    void free() throws IOException {
        Files.deleteIfExists(mountPoint.resolve(BALLAST));
    }

    /** Of its device, as {@code 7:0}. */
    String deviceNumber() {
        return Tool.run("findmnt", "-n", "-o", "MAJ:MIN", mountPoint.toString());
    }

    @Override
    public void close() {
        Tool.tryRun(List.of("umount", "-l", mountPoint.toString()));
        journal.undone(undo);
        Tool.tryRun(List.of("rm", "-f", image.toString()));
    }
}
