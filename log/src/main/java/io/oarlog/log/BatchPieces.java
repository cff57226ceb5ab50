package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Checks, before anything is written, that pieces of bytes are what their headers say: batches in a row, placed where the
 * log ends. A wrong offset on disk could not be told from a right one later.
 */
final class BatchPieces {
    private BatchPieces() {}

    /**
     * @return the bytes of all pieces
     * @throws IllegalArgumentException when they are not
     */
    static long check(List<ByteBuffer> pieces, List<BatchHeader> headers, long endOffset) {
        long bytes = 0;
        for (ByteBuffer piece : pieces) {
            bytes += piece.remaining();
        }
        long expectedOffset = endOffset;
        long position = 0;
        for (BatchHeader header : headers) {
            expect("base offset", expectedOffset, header.baseOffset());
            if (header.lastOffsetDelta() < 0 || header.sizeInBytes() < BatchHeader.BYTES) {
                throw new IllegalArgumentException("not a header of a batch: " + header);
            }
            expectedOffset = header.nextOffset();
            position += header.sizeInBytes();
        }
        expect("bytes of all batches", position, bytes);
        checkPlaces(pieces, headers);
        return bytes;
    }

    /** Compares base offset and length of each batch, where one piece holds both. */
    private static void checkPlaces(List<ByteBuffer> pieces, List<BatchHeader> headers) {
        int piece = 0;
        long pieceStart = 0;
        long position = 0;
        for (BatchHeader header : headers) {
            while (position >= pieceStart + pieces.get(piece).remaining()) {
                pieceStart += pieces.get(piece).remaining();
                piece++;
            }
            ByteBuffer bytes = pieces.get(piece).duplicate();
            int at = bytes.position() + (int) (position - pieceStart);
            if (at + BatchHeader.LENGTH_END <= bytes.limit()) {
                expect("base offset in the bytes", header.baseOffset(), bytes.getLong(at));
                expect(
                        "length in the bytes",
                        header.sizeInBytes() - BatchHeader.LENGTH_END,
                        bytes.getInt(at + BatchHeader.LENGTH_POSITION));
            }
            position += header.sizeInBytes();
        }
    }

    private static void expect(String what, long expected, long found) {
        if (expected != found) {
            throw new IllegalArgumentException(what + ": expected " + expected + ", found " + found);
        }
    }
}
