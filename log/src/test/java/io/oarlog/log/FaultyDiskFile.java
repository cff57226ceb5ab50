package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Arrays;

/** A file of a {@link FaultyDisk} as one process has it open. Thread-safe. */
final class FaultyDiskFile implements DiskFile {
    private final FaultyDisk disk;
    private final Path path;
    private final FaultyFile file; // guarded by the disk's monitor
    private final int openedIn;
    private boolean isClosed; // guarded by the disk's monitor

    FaultyDiskFile(FaultyDisk disk, Path path, FaultyFile file, int openedIn) {
        this.disk = disk;
        this.path = path;
        this.file = file;
        this.openedIn = openedIn;
    }

    @Override
    public long write(ByteBuffer[] buffers, long position) throws IOException {
        byte[] bytes = TestBatches.bytes(buffers);
        synchronized (disk) {
            requireOpen();
            long growth = Math.max(0, position + bytes.length - file.size());
            int admitted = disk.admit(path, bytes.length, growth);
            file.write(position, Arrays.copyOf(bytes, admitted));
            if (admitted < bytes.length) {
                disk.throwWriteFault(path);
            }
            disk.change();
            return bytes.length;
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        byte[] bytes = new byte[target.remaining()];
        synchronized (disk) {
            requireOpen();
            int read = file.read(bytes, position);
            disk.read(read);
            target.put(bytes, 0, read);
            return read;
        }
    }

    @Override
    public long size() throws IOException {
        synchronized (disk) {
            requireOpen();
            return file.size();
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        synchronized (disk) {
            requireOpen();
            disk.change();
            file.truncate(size);
        }
    }

    @Override
    public void force() throws IOException {
        synchronized (disk) {
            requireOpen();
            try {
                disk.forced("force of " + path);
            } catch (IOException e) {
                file.failForce(disk.random());
                throw e;
            }
            disk.change();
            file.force();
        }
    }

    @Override
    public void close() {
        synchronized (disk) {
            if (!isClosed) {
                isClosed = true;
                disk.closed(openedIn);
            }
        }
    }

    private void requireOpen() throws IOException {
        if (isClosed) {
            throw new ClosedChannelException();
        }
        disk.requireOpen(openedIn);
    }
}
