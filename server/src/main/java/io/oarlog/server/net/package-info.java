/**
 * The Kafka listener on Netty: frames, requests and answers of one connection after another. Knows nothing of what the
 * requests mean: that is {@link io.oarlog.server.api}'s.
 *
 * <p>Everything of a connection is confined to its event loop, which never blocks and never touches the disk.
 */
@NullMarked
package io.oarlog.server.net;

import org.jspecify.annotations.NullMarked;
