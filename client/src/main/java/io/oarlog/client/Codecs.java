package io.oarlog.client;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/** Tells a missing library of a codec from other failures: those of native code are not part of the one jar. */
final class Codecs {
    private static final int SOME_BYTES = 512;

    private Codecs() {}

    /** @throws MissingCodecException when nothing can be compressed so */
    static void require(CompressionType type) {
        if (type == CompressionType.NONE) {
            return;
        }
        try (OutputStream out = Compression.of(type)
                .build()
                .wrapForOutput(new ByteBufferOutputStream(SOME_BYTES), RecordBatch.CURRENT_MAGIC_VALUE)) {
            out.write(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException | LinkageError e) {
            MissingCodecException missing = missing(type, e);
            if (missing != null) {
                throw missing;
            }
            throw e;
        }
    }

    /** Null when the failure has another reason. */
    static @Nullable MissingCodecException missing(CompressionType type, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LinkageError) {
                return new MissingCodecException(type.name, library(type), failure);
            }
        }
        return null;
    }

    private static String library(CompressionType type) {
        return switch (type) {
            case ZSTD -> "com.github.luben:zstd-jni";
            case SNAPPY -> "org.xerial.snappy:snappy-java";
            case LZ4 -> "at.yawk.lz4:lz4-java";
            case GZIP, NONE -> "nothing";
        };
    }
}
