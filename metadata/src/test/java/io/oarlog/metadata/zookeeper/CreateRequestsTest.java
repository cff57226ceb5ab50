package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.WatcherEvent;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreateRequestsTest {
    private static final Watcher NOBODY = new NoWatcher();

    /** ZooKeeper makes a container by the operation alone. */
    @ParameterizedTest
    @CsvSource({
        "CREATE, 0, PERSISTENT",
        "CREATE, 4, PERSISTENT",
        "CREATE2, 4, PERSISTENT",
        "CREATE2, 3, EPHEMERAL_SEQUENTIAL",
        "CREATE_CONTAINER, 0, CONTAINER",
        "CREATE_CONTAINER, 4, CONTAINER"
    })
    void shouldTakeTheModeFromOperationAndFlags(OpCode operation, int flags, CreateMode mode) throws IOException {
        assertThat(Objects.requireNonNull(parse(operation, flags).create()).mode())
                .isEqualTo(mode);
    }

    @ParameterizedTest
    @CsvSource({"CREATE, 5, UNIMPLEMENTED", "CREATE2, 6, UNIMPLEMENTED", "CREATE, 7, BAD_ARGUMENTS"})
    void shouldRefuseOtherFlags(OpCode operation, int flags, ErrorCode error) throws IOException {
        assertThat(parse(operation, flags).fault()).isEqualTo(error);
    }

    private static CreateRequests.Parsed parse(OpCode operation, int flags) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new CreateRequest("/a", null, Ids.OPEN_ACL_UNSAFE, flags)
                .serialize(BinaryOutputArchive.getArchive(bytes), "request");
        return CreateRequests.parse(
                operation,
                BinaryInputArchive.getArchive(new ByteArrayInputStream(bytes.toByteArray())),
                new Caller(1, List.of(), NOBODY));
    }

    private static final class NoWatcher implements Watcher {
        @Override
        public void onEvent(long zxid, WatcherEvent event, List<Acl> acl) {}

        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public long sessionId() {
            return 1;
        }
    }
}
