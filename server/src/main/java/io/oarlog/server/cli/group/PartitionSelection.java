package io.oarlog.server.cli.group;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A topic and which of its partitions are meant. Immutable.
 *
 * @param partitions empty: all that there are
 */
record PartitionSelection(String topic, Optional<List<Integer>> partitions) {
    /** Of {@code orders} or {@code orders:0,2}. */
    static final class Converter implements ITypeConverter<PartitionSelection> {
        @Override
        public PartitionSelection convert(String value) {
            int colon = value.indexOf(':');
            if (colon == 0 || value.isEmpty()) {
                throw bad(value);
            } else if (colon < 0) {
                return new PartitionSelection(value, Optional.empty());
            }
            try {
                List<Integer> partitions = Arrays.stream(
                                value.substring(colon + 1).split(",", -1))
                        .map(Integer::valueOf)
                        .distinct()
                        .toList();
                if (partitions.stream().anyMatch(partition -> partition < 0)) {
                    throw bad(value);
                }
                return new PartitionSelection(value.substring(0, colon), Optional.of(partitions));
            } catch (NumberFormatException e) {
                throw bad(value);
            }
        }

        private static TypeConversionException bad(String value) {
            return new TypeConversionException("'" + value + "': give TOPIC, or TOPIC:PARTITION,PARTITION");
        }
    }
}
