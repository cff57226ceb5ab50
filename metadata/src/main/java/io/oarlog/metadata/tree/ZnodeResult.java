package io.oarlog.metadata.tree;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What became of a {@link ZnodeCommand}. Immutable. */
public sealed interface ZnodeResult {
    /** Why nothing was changed; empty when the command was done. */
    default Optional<ZnodeError> failure() {
        return Optional.empty();
    }

    /**
     * A znode was created.
     *
     * @param path with the number of a sequential znode
     */
    record Created(String path, ZnodeStat stat) implements ZnodeResult {}

    record DataSet(ZnodeStat stat) implements ZnodeResult {}

    record AclSet(ZnodeStat stat) implements ZnodeResult {}

    record Deleted() implements ZnodeResult {}

    /** A check held. */
    record Checked() implements ZnodeResult {}

    /** All operations were done; their results in order. */
    record MultiDone(List<ZnodeResult> results) implements ZnodeResult {
        public MultiDone {
            results = List.copyOf(results);
        }
    }

    /**
     * No operation was done.
     *
     * @param operations how many there were
     * @param failedAt index of the first that could not be done, 0-based
     * @param error why it could not
     */
    record MultiFailed(int operations, int failedAt, ZnodeError error) implements ZnodeResult {
        public MultiFailed {
            if (failedAt < 0 || failedAt >= operations) {
                throw new IllegalArgumentException("operation " + failedAt + " of " + operations);
            }
        }

        @Override
        public Optional<ZnodeError> failure() {
            return Optional.of(error);
        }

        /** One error per operation, as ZooKeeper answers. */
        public List<ZnodeError> errors() {
            return IntStream.range(0, operations)
                    .mapToObj(i -> i < failedAt ? ZnodeError.ROLLED_BACK : i == failedAt ? error : ZnodeError.NOT_TRIED)
                    .toList();
        }
    }

    record SessionCreated() implements ZnodeResult {}

    /** The session belongs to the command's origin now. */
    record SessionAttached() implements ZnodeResult {}

    /**
     * Sessions were ended.
     *
     * @param sessionIds those that existed
     */
    record SessionsEnded(List<Long> sessionIds) implements ZnodeResult {
        public SessionsEnded {
            sessionIds = List.copyOf(sessionIds);
        }
    }

    record Synced() implements ZnodeResult {}

    record Failed(ZnodeError error) implements ZnodeResult {
        @Override
        public Optional<ZnodeError> failure() {
            return Optional.of(error);
        }
    }
}
