/**
 * Consumer groups: Kafka's published coordinator on our own log. Nothing else imports it.
 *
 * <p>{@code CoordinatorHost} runs it on this node for the partitions of the offsets topic that are led here; {@code
 * RaftPartitionWriter} and {@code ReplayLoader} are its log, {@code MetadataImages} its view of the topics. The coordinator
 * works on threads of its own, the requests of one partition one after another; handlers only hand over to it.
 */
@NullMarked
package io.oarlog.server.group;

import org.jspecify.annotations.NullMarked;
