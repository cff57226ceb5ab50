/**
 * Hosts every Raft group of this process and is the only code that knows Apache Ratis: partitions are adapted to
 * {@code io.oarlog.log}, pure state machines to {@link io.oarlog.raft.ReplicatedStateMachine}.
 *
 * <p>Depends on {@code log} only. Nothing of Ratis crosses a public method. Threads are those of Ratis plus the pools and the
 * disk thread of {@link io.oarlog.raft.RaftNode}; each class names its regime.
 */
@NullMarked
package io.oarlog.raft;

import org.jspecify.annotations.NullMarked;
