/**
 * ZooKeeper's client protocol on Netty, over the tree that this node has applied: unmodified ZooKeeper clients use every
 * node. The record classes of ZooKeeper's published jute jar are the codec.
 *
 * <p>Requests are read on the connection's event loop. Writes go into the node's stream of commands at once and in order;
 * reads that wait behind a write run on the apply thread when it is applied. Replies and watch events leave through the
 * connection's {@link io.oarlog.metadata.zookeeper.Outbox} in the order in which the tree came to them.
 */
@NullMarked
package io.oarlog.metadata.zookeeper;

import org.jspecify.annotations.NullMarked;
