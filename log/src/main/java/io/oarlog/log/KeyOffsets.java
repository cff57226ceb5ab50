package io.oarlog.log;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The newest offset of each key, in memory of a fixed size. Keys are known by the first 128 bits of their SHA-256 alone: two
 * of n keys are taken for one with a chance of n * n / 2^129, that is 10^-21 for a billion keys, and nobody knows how to
 * choose two such keys. Confined to its caller.
 *
 * <p>Open addressing, linear probing; a slot is free while its third word is 0.
 *
 * <pre>
 * slot, three words: hash (16 bytes), offset + 1 (8)
 * </pre>
 */
final class KeyOffsets {
    static final int SLOT_BYTES = 24;
    static final long NONE = -1;

    private static final int SLOT_WORDS = SLOT_BYTES / Long.BYTES;

    private final MessageDigest sha256;
    private final byte[] hash = new byte[32];
    private final ByteBuffer hashWords = ByteBuffer.wrap(hash);
    private final long[] words;
    private final int slots;
    private final int capacity;
    private int count;

    /**
     * @param maxBytes bound on the memory
     * @param maxKeys no more are ever put, so a small log takes little memory
     */
    KeyOffsets(int maxBytes, long maxKeys) {
        long needed = maxKeys + maxKeys / 3 + 2;
        slots = (int) Math.min(maxBytes / SLOT_BYTES, needed);
        capacity = (int) (slots * 3L / 4);
        if (capacity < 1) {
            throw new IllegalArgumentException("no key fits into " + maxBytes + " bytes");
        }
        words = new long[slots * SLOT_WORDS];
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /**
     * Notes a key's offset in place of the one before.
     *
     * @param key read, left untouched
     * @return false when it is a new key and there is no room for one; nothing is noted then
     */
    boolean put(ByteBuffer key, long offset) {
        int slot = slotOf(key);
        if (words[slot + 2] == 0) {
            if (count == capacity) {
                return false;
            }
            count++;
            words[slot] = hashWords.getLong(0);
            words[slot + 1] = hashWords.getLong(8);
        }
        words[slot + 2] = offset + 1;
        return true;
    }

    /** The offset noted last, or {@link #NONE}; the key is left untouched. */
    long offsetOf(ByteBuffer key) {
        return words[slotOf(key) + 2] - 1;
    }

    /** Index of the first word of the key's slot, or of the free one that it would get. */
    private int slotOf(ByteBuffer key) {
        sha256.update(key.duplicate());
        try {
            sha256.digest(hash, 0, hash.length);
        } catch (DigestException e) {
            throw new AssertionError("the digest has 32 bytes", e);
        }
        long high = hashWords.getLong(0);
        long low = hashWords.getLong(8);
        int slot = (int) Long.remainderUnsigned(high, slots);
        while (true) {
            int word = slot * SLOT_WORDS;
            if (words[word + 2] == 0 || (words[word] == high && words[word + 1] == low)) {
                return word;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }
}
