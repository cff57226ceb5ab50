package io.oarlog.log;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One change of a disk as {@link RecordingDisk} saw it, to be done again on another. Open files go by number. Immutable. */
sealed interface DiskOperation {
    /**
     * Makes the change.
     *
     * @param files open on that disk, by number
     */
    void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException;

    /** What one process did, on the disk as it found it. */
    static void redo(List<DiskOperation> operations, FaultyDisk disk) {
        Map<Integer, DiskFile> files = new HashMap<>();
        for (DiskOperation operation : operations) {
            try {
                operation.redo(disk, files);
            } catch (IOException e) {
                throw new AssertionError(operation + " went well when it was recorded", e);
            }
        }
    }

    private static DiskFile opened(Map<Integer, DiskFile> files, int number) {
        return requireNonNull(files.get(number));
    }

    record Opened(int file, Path path) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            files.put(file, disk.open(path));
        }
    }

    /** Of a write that failed, the part that got into the file. */
    record Written(int file, long position, ByteBuffer bytes) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            var unused = opened(files, file).write(new ByteBuffer[] {bytes}, position);
        }

        /** A process that is killed gets no further. */
        Written first(int length) {
            return new Written(file, position, bytes.slice(0, length));
        }
    }

    record Truncated(int file, long size) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            opened(files, file).truncate(size);
        }
    }

    record Forced(int file) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            opened(files, file).force();
        }
    }

    record ForceFailed(int file) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) {
            disk.failForce(1);
            try {
                opened(files, file).force();
                throw new AssertionError("the force was to fail");
            } catch (IOException e) {
                // As it did when it was recorded.
            }
        }
    }

    record DirectoriesCreated(Path directory) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            disk.createDirectories(directory);
        }
    }

    record Deleted(Path path) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            disk.delete(path);
        }
    }

    record Moved(Path source, Path target) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            disk.move(source, target);
        }
    }

    record DirectorySynced(Path directory) implements DiskOperation {
        @Override
        public void redo(FaultyDisk disk, Map<Integer, DiskFile> files) throws IOException {
            disk.syncDirectory(directory);
        }
    }
}
