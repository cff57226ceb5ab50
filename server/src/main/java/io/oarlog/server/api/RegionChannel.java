package io.oarlog.server.api;

import io.oarlog.log.LogRegion;
import org.apache.kafka.common.network.TransferableChannel;

/** A channel that knows how to send parts of files later, without a copy in memory. */
public interface RegionChannel extends TransferableChannel {
    /** Takes the whole region, which is the channel's to close from here on. */
    void take(LogRegion region);
}
