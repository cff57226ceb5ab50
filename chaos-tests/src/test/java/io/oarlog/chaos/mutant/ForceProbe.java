package io.oarlog.chaos.mutant;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether files are forced: Linux refuses to force a device that has no disk. */
public final class ForceProbe implements Probe {
    private static final Path DEVICE = Path.of("/dev/null");

    @Override
    public String observe(Path directory) throws Exception {
        return "segment " + segment() + ", Raft log " + raftLog();
    }

    private static String segment() throws IOException {
        try (DiskFile file = Disk.system().open(DEVICE)) {
            file.force();
            return "not forced";
        } catch (IOException e) {
            return "forced";
        }
    }

    private static String raftLog() throws Exception {
        Class<?> type = Class.forName("org.apache.ratis.server.raftlog.segmented.BufferedWriteChannel");
        Constructor<?> constructor = type.getDeclaredConstructor(String.class, FileChannel.class, ByteBuffer.class);
        constructor.setAccessible(true);
        Method flush = type.getDeclaredMethod("flush");
        flush.setAccessible(true);
        FileChannel device = FileChannel.open(DEVICE, StandardOpenOption.WRITE);
        ByteBuffer written = ByteBuffer.allocate(10).putInt(1);
        try (Closeable channel = (Closeable) constructor.newInstance("probe", device, written)) {
            flush.invoke(channel);
            return "not forced";
        } catch (InvocationTargetException e) {
            return "forced";
        }
    }
}
