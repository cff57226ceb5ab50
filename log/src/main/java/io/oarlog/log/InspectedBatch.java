package io.oarlog.log;

import java.nio.file.Path;

/**
 * A batch as it lies in a segment file. Immutable.
 *
 * @param position of its first byte in the file
 * @param isCrcSound whether its bytes have the checksum that its header tells
 */
public record InspectedBatch(Path file, long position, BatchHeader header, boolean isCrcSound) {}
