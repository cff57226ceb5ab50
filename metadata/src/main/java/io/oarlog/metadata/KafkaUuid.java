package io.oarlog.metadata;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Ids in the form in which Kafka prints them: 22 characters of base64url. */
final class KafkaUuid {
    private static final int BYTES = 16;

    private KafkaUuid() {}

    static String format(UUID id) {
        ByteBuffer bytes =
                ByteBuffer.allocate(BYTES).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** @throws IllegalArgumentException when the text is no such id */
    static UUID parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("id of " + bytes.length + " bytes: " + text);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new UUID(in.getLong(), in.getLong());
    }

    /** A random id that does not begin with a dash: command lines would take it for an option. */
    static UUID random(RandomGenerator random) {
        UUID id;
        do {
            id = new UUID(random.nextLong(), random.nextLong());
        } while (format(id).startsWith("-"));
        return id;
    }
}
