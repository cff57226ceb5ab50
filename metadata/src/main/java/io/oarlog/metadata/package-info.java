/**
 * Topics, brokers and cluster identity as znodes of one replicated tree: the broker's view of the metadata.
 *
 * <p>Depends on {@code raft} for replication and on {@link io.oarlog.metadata.tree} for the tree. Reads are local and
 * lock-free; writes go through the metadata group's Raft log. What is read is changed by the group's apply thread alone;
 * everything else runs on callers' threads and the scheduler handed in, and never blocks them.
 */
@NullMarked
package io.oarlog.metadata;

import org.jspecify.annotations.NullMarked;
