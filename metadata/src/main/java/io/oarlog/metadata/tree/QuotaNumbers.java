package io.oarlog.metadata.tree;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The numbers in a znode of a quota, its limits or its counts, as ZooKeeper's tools write and read them: for example
 * {@code count=5,bytes=-1=;byteHardLimit=4096;countHardLimit=-1}. Immutable.
 */
final class QuotaNumbers {
    /** Stands for a number that is not given. */
    static final long NONE = -1;

    static final String COUNT = "count";
    static final String BYTES = "bytes";
    static final String COUNT_HARD_LIMIT = "countHardLimit";
    static final String BYTE_HARD_LIMIT = "byteHardLimit";

    private static final Pattern SEPARATORS = Pattern.compile("[,;]+");

    private final Map<String, Long> numbers;

    private QuotaNumbers(Map<String, Long> numbers) {
        this.numbers = numbers;
    }

    static QuotaNumbers of(long count, long bytes) {
        return new QuotaNumbers(new TreeMap<>(Map.of(COUNT, count, BYTES, bytes)));
    }

    /** The numbers of the data; empty when it has another form. */
    static Optional<QuotaNumbers> parse(ZnodeData data) {
        Map<String, Long> numbers = new TreeMap<>();
        for (String pair : SEPARATORS.split(data.toText(), -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            // What stands behind a second equals sign is for older readers.
            String[] parts = pair.split("=", -1);
            try {
                numbers.put(parts[0], parts.length < 2 || parts[1].isEmpty() ? NONE : Long.parseLong(parts[1]));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
        return Optional.of(new QuotaNumbers(numbers));
    }

    /** The number of that name, {@link #NONE} when there is none. */
    long get(String name) {
        return numbers.getOrDefault(name, NONE);
    }

    /** With both counts changed. */
    QuotaNumbers plus(int count, long bytes) {
        Map<String, Long> changed = new TreeMap<>(numbers);
        changed.put(COUNT, get(COUNT) + count);
        changed.put(BYTES, get(BYTES) + bytes);
        return new QuotaNumbers(changed);
    }

    /** Count and bytes come first, and the others behind a second equals sign, where older readers do not see them. */
    ZnodeData toData() {
        StringBuilder text = new StringBuilder();
        text.append(COUNT).append('=').append(get(COUNT));
        text.append(',').append(BYTES).append('=').append(get(BYTES));
        StringBuilder others = new StringBuilder();
        numbers.forEach((name, number) -> {
            if (!name.equals(COUNT) && !name.equals(BYTES)) {
                others.append(';').append(name).append('=').append(number);
            }
        });
        return ZnodeData.utf8((others.isEmpty() ? text : text.append('=').append(others)).toString());
    }
}
