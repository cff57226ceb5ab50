package io.oarlog.raft;

import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A group to which nothing is appended any more. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class IdleGroupIT {
    private static final int FOLLOWER = 2;
    private static final List<Integer> OTHERS = List.of(1, 3);
    private static final Duration SOME_HEARTBEATS = Duration.ofSeconds(3);

    @TempDir
    Path directory;

    private final AtomicBoolean isFailing = new AtomicBoolean(true);

    /** Saves no promise of a partition's replica, so that it answers nobody. */
    private final Disk promisesNothing = new ForwardingDisk(Disk.system()) {
        @Override
        public DiskFile open(Path path) throws IOException {
            boolean isPartitions = path.endsWith(ElectionStateFile.NAME)
                    && !path.toString().contains(GroupIds.METADATA.getUuid().toString());
            return new ForwardingFile(super.open(path)) {
                @Override
                public long write(ByteBuffer[] buffers, long position) throws IOException {
                    boolean isOfATerm = isPartitions && buffers[0].getLong(16) > 0;
                    if (isOfATerm && isFailing.get()) {
                        throw new IOException("no term can be saved");
                    }
                    return super.write(buffers, position);
                }
            };
        }
    };

    @Test
    void shouldKnowThatAFollowerHasAllWhoseAnswersWereLost() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(
                directory, node -> node == FOLLOWER ? promisesNothing : Disk.system(), LogSettings.defaults())) {
            // given: it takes the leader's first entry, and what it says of it is lost
            PartitionId id = nodes.create("orders");
            await().during(SOME_HEARTBEATS)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(nodes.awaitLeader(id), id).inSync().equals(OTHERS));

            // when
            isFailing.set(false);

            // then
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.log(nodes.awaitLeader(id), id).inSync().equals(ThreeNodes.ALL));
        }
    }
}
