package io.oarlog.metadata.tree;

import org.jspecify.annotations.Nullable;

/**
 * The addresses that an {@code ip} entry of an access list means: one address or those that share its first bits. Immutable.
 * Pure text and numbers: no name is ever looked up, so all replicas come to the same answer.
 */
final class AddressRange {
    private static final AddressRange NOTHING = new AddressRange(new byte[0], 0);
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int IPV6_GROUPS = 8;
    private static final int GROUP_BYTES = 2;

    private final byte[] address;
    private final int prefixBits;

    private AddressRange(byte[] address, int prefixBits) {
        this.address = address;
        this.prefixBits = prefixBits;
    }

    /** Reads {@code address} or {@code address/bits}; a text that is neither means no address at all. */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return NOTHING;
        }
        int bits = slash < 0 ? 8 * address.length : number(text.substring(slash + 1), 10, 8 * address.length);
        return bits < 0 ? NOTHING : new AddressRange(address, bits);
    }

    /** Whether the text is an address or a range of them. */
    static boolean isValid(String text) {
        return parse(text) != NOTHING;
    }

    boolean contains(String client) {
        byte[] bytes = bytes(client);
        if (bytes == null || bytes.length != address.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit++) {
            int mask = 0x80 >>> (bit % 8);
            if ((bytes[bit / 8] & mask) != (address[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    private static byte @Nullable [] bytes(String address) {
        int zone = address.indexOf('%');
        String text = zone < 0 ? address : address.substring(0, zone);
        return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] bytes = new byte[IPV4_BYTES];
        if (parts.length != IPV4_BYTES) {
            return null;
        }
        for (int i = 0; i < IPV4_BYTES; i++) {
            int part = number(parts[i], 10, 0xff);
            if (part < 0) {
                return null;
            }
            bytes[i] = (byte) part;
        }
        return bytes;
    }

    private static byte @Nullable [] ipv6(String text) {
        int gap = text.indexOf("::");
        byte[] bytes = new byte[IPV6_BYTES];
        if (gap < 0) {
            return groups(text, bytes, 0) == IPV6_GROUPS ? bytes : null;
        }
        byte[] tail = new byte[IPV6_BYTES];
        int before = groups(text.substring(0, gap), bytes, 0);
        int after = groups(text.substring(gap + 2), tail, 0);
        if (before < 0 || after < 0 || before + after >= IPV6_GROUPS) {
            return null;
        }
        System.arraycopy(tail, 0, bytes, IPV6_BYTES - GROUP_BYTES * after, GROUP_BYTES * after);
        return bytes;
    }

    /** Writes the groups of a text from {@code at} on; gives their number, -1 when they cannot be read. */
    private static int groups(String text, byte[] bytes, int at) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        if (parts.length > IPV6_GROUPS) {
            return -1;
        }
        for (int i = 0; i < parts.length; i++) {
            int group = number(parts[i], 16, 0xffff);
            if (group < 0) {
                return -1;
            }
            bytes[at + GROUP_BYTES * i] = (byte) (group >>> 8);
            bytes[at + GROUP_BYTES * i + 1] = (byte) group;
        }
        return parts.length;
    }

    /** The number, or -1 when it is none or above {@code max}. */
    private static int number(String text, int radix, int max) {
        if (text.isEmpty() || text.length() > 4) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), radix) : -1;
            if (digit < 0) {
                return -1;
            }
            number = number * radix + digit;
        }
        return number <= max ? number : -1;
    }
}
