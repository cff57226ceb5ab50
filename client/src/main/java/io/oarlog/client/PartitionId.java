package io.oarlog.client;

import org.apache.kafka.common.Uuid;

/** A partition of the topic with that id, which another topic of the same name has not. Immutable. */
record PartitionId(Uuid topic, int partition) {}
