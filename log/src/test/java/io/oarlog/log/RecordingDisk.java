package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Remembers every change made through it to another disk, and what of it took effect. Confined to its caller. */
final class RecordingDisk extends ForwardingDisk {
    private final List<DiskOperation> operations = new ArrayList<>();
    private int filesOpened;

    RecordingDisk(Disk disk) {
        super(disk);
    }

    /** So far, in order. */
    List<DiskOperation> operations() {
        return operations;
    }

    @Override
    public DiskFile open(Path path) throws IOException {
        DiskFile file = super.open(path);
        int number = ++filesOpened;
        operations.add(new DiskOperation.Opened(number, path));
        return new RecordingFile(file, number);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        super.createDirectories(directory);
        operations.add(new DiskOperation.DirectoriesCreated(directory));
    }

    @Override
    public void delete(Path path) throws IOException {
        super.delete(path);
        operations.add(new DiskOperation.Deleted(path));
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        super.move(source, target);
        operations.add(new DiskOperation.Moved(source, target));
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        // One that fails leaves everything as unsynced as it was.
        super.syncDirectory(directory);
        operations.add(new DiskOperation.DirectorySynced(directory));
    }

    private final class RecordingFile extends ForwardingFile {
        private final int number;

        RecordingFile(DiskFile file, int number) {
            super(file);
            this.number = number;
        }

        @Override
        public long write(ByteBuffer[] buffers, long position) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(TestBatches.bytes(buffers));
            try {
                long written = super.write(buffers, position);
                operations.add(new DiskOperation.Written(number, position, bytes));
                return written;
            } catch (IOException e) {
                operations.add(new DiskOperation.Written(number, position, bytes.slice(0, inFile(bytes, position))));
                throw e;
            }
        }

        /** How many of the bytes are where they were to be written. */
        private int inFile(ByteBuffer bytes, long position) throws IOException {
            ByteBuffer found = ByteBuffer.allocate(bytes.limit());
            var unused = super.read(found, position);
            int mismatch = bytes.mismatch(found.flip());
            return mismatch < 0 ? bytes.limit() : mismatch;
        }

        @Override
        public void truncate(long size) throws IOException {
            super.truncate(size);
            operations.add(new DiskOperation.Truncated(number, size));
        }

        @Override
        public void force() throws IOException {
            try {
                super.force();
                operations.add(new DiskOperation.Forced(number));
            } catch (IOException e) {
                operations.add(new DiskOperation.ForceFailed(number));
                throw e;
            }
        }
    }
}
