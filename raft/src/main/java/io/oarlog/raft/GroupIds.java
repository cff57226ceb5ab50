package io.oarlog.raft;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;

/** Names of Raft groups: derived, so that every node finds the same one without asking. */
final class GroupIds {
    static final RaftGroupId METADATA = of("metadata");

    private GroupIds() {}

    static RaftGroupId of(PartitionId partition) {
        return of("partition/" + partition.topicId() + "/" + partition.partition());
    }

    private static RaftGroupId of(String name) {
        return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(("oarlog/" + name).getBytes(StandardCharsets.UTF_8)));
    }
}
