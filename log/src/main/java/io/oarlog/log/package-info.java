/**
 * One partition's log on disk: segments in Kafka's v2 wire format with sparse offset and time indexes, recovery after a
 * crash, producer states. Knows offsets, not terms; no Raft, no sockets, no threads of its own.
 *
 * <p>Depends on the JDK, slf4j and the record format of kafka-clients only, whose codecs a compaction unpacks records with.
 * The two seams to the outside are {@link io.oarlog.log.Disk} and
 * {@link io.oarlog.log.Clock}.
 */
@NullMarked
package io.oarlog.log;

import org.jspecify.annotations.NullMarked;
