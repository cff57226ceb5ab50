/**
 * The thin Java client: {@link io.oarlog.client.Producer}, {@link io.oarlog.client.Consumer} and
 * {@link io.oarlog.client.Admin} over the Kafka wire protocol, against any broker that speaks it.
 *
 * <p>Depends on the JDK for the transport and on the message and record classes of kafka-clients as codec; on no other
 * module of this project. Each client object owns one event loop thread, which does all of its I/O and owns all of its
 * connections and per-partition state; the callers' threads only append records or take fetched ones.
 */
@NullMarked
package io.oarlog.client;

import org.jspecify.annotations.NullMarked;
