package io.oarlog.metadata.zookeeper;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.metadata.tree.ZnodeTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.proto.SyncRequest;
import org.apache.zookeeper.proto.SyncResponse;

/** How a client's sync is answered. */
public final class SyncProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        new SyncRequest("/r").serialize(BinaryOutputArchive.getArchive(body), "request");
        @SuppressWarnings("NullAway") // nothing is asked of the caller
        Request request =
                ChangeRequests.sync(BinaryInputArchive.getArchive(new ByteArrayInputStream(body.toByteArray())), null);
        if (request instanceof Request.Write) {
            return "when it comes out of the log";
        }
        Answer answer = ((Request.Read) request).answer().apply(ZnodeTree.empty());
        return "at once: " + ((SyncResponse) Objects.requireNonNull(answer.body())).getPath();
    }
}
