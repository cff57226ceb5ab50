package io.oarlog.raft;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;

/** Names of Raft groups: derived, so that every node finds the same one without asking. */
final class GroupIds {
    private GroupIds() {}

    static RaftGroupId of(PartitionId partition) {
        return of("partition/" + partition.topicId() + "/" + partition.partition());
    }

    static RaftGroupId of(String name) {
        return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(("oarlog/" + name).getBytes(StandardCharsets.UTF_8)));
    }
}
