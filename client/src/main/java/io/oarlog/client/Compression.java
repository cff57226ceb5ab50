package io.oarlog.client;

import org.apache.kafka.common.record.internal.CompressionType;

/** How the records of a batch are compressed; the broker stores and serves them as they are. */
public enum Compression {
    NONE(CompressionType.NONE),
    LZ4(CompressionType.LZ4),
    ZSTD(CompressionType.ZSTD);

    private final CompressionType wireType;

    Compression(CompressionType wireType) {
        this.wireType = wireType;
    }

    CompressionType wireType() {
        return wireType;
    }
}
