package io.oarlog.server.net;

import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.FileRegion;
import io.netty.channel.MessageSizeEstimator;
import io.netty.util.AbstractReferenceCounted;
import io.oarlog.log.LogRegion;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A {@link LogRegion} as Netty sends it; released, it closes the region. */
final class SegmentRegion extends AbstractReferenceCounted implements FileRegion {
    /** Counts the bytes of files as well: a client that does not read has to be noticed. */
    static final MessageSizeEstimator SIZES = () -> {
        MessageSizeEstimator.Handle others = DefaultMessageSizeEstimator.DEFAULT.newHandle();
        return message -> message instanceof SegmentRegion region ? (int) region.count() : others.size(message);
    };

    private final LogRegion region;
    private long transferred;

    SegmentRegion(LogRegion region) {
        this.region = region;
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    public long transferred() {
        return transferred;
    }

    @Deprecated
    @Override
    public long transfered() {
        return transferred;
    }

    @Override
    public long count() {
        return region.sizeInBytes();
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        long sent = region.transferTo(target, position);
        transferred += sent;
        return sent;
    }

    @Override
    protected void deallocate() {
        region.close();
    }

    @Override
    public SegmentRegion retain() {
        super.retain();
        return this;
    }

    @Override
    public SegmentRegion retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public SegmentRegion touch() {
        return this;
    }

    @Override
    public SegmentRegion touch(Object hint) {
        return this;
    }
}
