package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeCommand.CloseSession;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.SetAcl;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeCommand.Sync;
import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeResult.DataSet;
import java.io.IOException;
import org.apache.jute.InputArchive;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.proto.SetACLRequest;
import org.apache.zookeeper.proto.SetACLResponse;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.proto.SetDataResponse;
import org.apache.zookeeper.proto.SyncRequest;
import org.apache.zookeeper.proto.SyncResponse;

/** delete, setData, setACL, sync and closeSession. */
final class ChangeRequests {
    private ChangeRequests() {}

    static Request delete(InputArchive body, Caller caller) throws IOException {
        return Request.Write.of(parseDelete(body), result -> Answer.DONE);
    }

    static Delete parseDelete(InputArchive body) throws IOException {
        DeleteRequest request = new DeleteRequest();
        request.deserialize(body, "request");
        return new Delete(request.getPath(), request.getVersion());
    }

    static Request setData(InputArchive body, Caller caller) throws IOException {
        SetDataRequest request = new SetDataRequest();
        request.deserialize(body, "request");
        if (request.getPath() == null) {
            return Request.refused(ErrorCode.BAD_ARGUMENTS);
        }
        return Request.Write.of(
                setData(request), result -> Answer.of(new SetDataResponse(Stats.of(((DataSet) result).stat()))));
    }

    static SetData parseSetData(InputArchive body) throws IOException {
        SetDataRequest request = new SetDataRequest();
        request.deserialize(body, "request");
        return setData(request);
    }

    private static SetData setData(SetDataRequest request) {
        return new SetData(request.getPath(), CreateRequests.data(request.getData()), request.getVersion());
    }

    static Request setAcl(InputArchive body, Caller caller) throws IOException {
        SetACLRequest request = new SetACLRequest();
        request.deserialize(body, "request");
        if (request.getPath() == null) {
            return Request.refused(ErrorCode.BAD_ARGUMENTS);
        }
        SetAcl command = new SetAcl(
                request.getPath(), AccessLists.resolve(request.getAcl(), caller.identities()), request.getVersion());
        return Request.Write.of(
                command, result -> Answer.of(new SetACLResponse(Stats.of(((ZnodeResult.AclSet) result).stat()))));
    }

    /** Its place in the order of commands is behind all that was done before: what follows sees that. */
    static Request sync(InputArchive body, Caller caller) throws IOException {
        SyncRequest request = new SyncRequest();
        request.deserialize(body, "request");
        return Request.Write.of(new Sync(), result -> Answer.of(new SyncResponse(request.getPath())));
    }

    static Request closeSession(InputArchive body, Caller caller) {
        return Request.Write.of(new CloseSession(caller.sessionId()), result -> Answer.DONE);
    }
}
