package io.oarlog.chaos.checker;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** The configurations that a search has met, as {@link RegisterSearch} describes them. Confined to one search. */
final class MetConfigurations {
    /** All but the uncertain calls that were used. */
    private static final class Configuration {
        private final int state;
        private final int[] next;

        Configuration(int state, int[] next) {
            this.state = state;
            this.next = next;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Configuration configuration
                    && state == configuration.state
                    && Arrays.equals(next, configuration.next);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(next) + state;
        }
    }

    /** The uncertain calls used, of which no set is within another. */
    private final Map<Configuration, BitSet[]> usedByConfiguration = new HashMap<>();

    private long count;

    /** How many were added. */
    long count() {
        return count;
    }

    /**
     * Adds one, unless it was met before or one that differs in having used fewer uncertain calls was.
     *
     * @param next the certain calls that can come next; is kept
     * @param used uncertain calls; is copied
     * @return whether it was added
     */
    boolean add(int state, int[] next, BitSet used) {
        Configuration configuration = new Configuration(state, next);
        BitSet[] before = usedByConfiguration.getOrDefault(configuration, new BitSet[0]);
        for (BitSet fewer : before) {
            if (isWithin(fewer, used)) {
                return false;
            }
        }
        BitSet[] after = new BitSet[before.length + 1];
        int kept = 0;
        for (BitSet other : before) {
            if (!isWithin(used, other)) {
                after[kept++] = other;
            }
        }
        after[kept++] = (BitSet) used.clone();
        usedByConfiguration.put(configuration, Arrays.copyOf(after, kept));
        count++;
        return true;
    }

    private static boolean isWithin(BitSet fewer, BitSet more) {
        if (fewer.isEmpty()) {
            return true;
        }
        BitSet rest = (BitSet) fewer.clone();
        rest.andNot(more);
        return rest.isEmpty();
    }
}
