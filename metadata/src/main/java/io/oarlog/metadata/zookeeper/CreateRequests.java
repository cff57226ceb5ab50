package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.jute.InputArchive;
import org.apache.zookeeper.proto.Create2Response;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateResponse;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.jspecify.annotations.Nullable;

/** create, create2, createContainer; createTTL is refused as a ZooKeeper refuses it that has TTLs switched off. */
final class CreateRequests {
    /** The modes with a time to live. */
    private static final int FIRST_TTL_FLAGS = 5;

    private static final int LAST_TTL_FLAGS = 6;

    private CreateRequests() {}

    /** A create, or why there can be none. One of the two is null. */
    record Parsed(@Nullable Create create, @Nullable ErrorCode fault) {}

    static Request read(OpCode operation, InputArchive body, Caller caller) throws IOException {
        Parsed parsed = parse(operation, body, caller);
        if (parsed.create() == null) {
            return Request.refused(Objects.requireNonNull(parsed.fault()));
        }
        return Request.Write.of(parsed.create(), result -> answer(operation, (ZnodeResult.Created) result));
    }

    private static Answer answer(OpCode operation, ZnodeResult.Created created) {
        return operation == OpCode.CREATE
                ? Answer.of(new CreateResponse(created.path()))
                : Answer.of(new Create2Response(created.path(), Stats.of(created.stat())));
    }

    static Parsed parse(OpCode operation, InputArchive body, Caller caller) throws IOException {
        if (operation == OpCode.CREATE_TTL) {
            CreateTTLRequest request = new CreateTTLRequest();
            request.deserialize(body, "request");
            // The operation is for znodes with a time to live, and for no other mode.
            return new Parsed(null, isTtl(request.getFlags()) ? ErrorCode.UNIMPLEMENTED : ErrorCode.BAD_ARGUMENTS);
        }
        CreateRequest request = new CreateRequest();
        request.deserialize(body, "request");
        String path = Objects.requireNonNull(request.getPath());
        Optional<CreateMode> mode = mode(operation, request.getFlags());
        if (mode.isEmpty()) {
            return new Parsed(null, isTtl(request.getFlags()) ? ErrorCode.UNIMPLEMENTED : ErrorCode.BAD_ARGUMENTS);
        }
        long owner = mode.get().isEphemeral() ? caller.sessionId() : 0;
        List<Acl> acl = AccessLists.resolve(request.getAcl(), caller.identities());
        return new Parsed(new Create(path, data(request.getData()), acl, mode.get(), owner), null);
    }

    /** Whether it is a container the operation says, not the flags. */
    private static Optional<CreateMode> mode(OpCode operation, int flags) {
        Optional<CreateMode> flagged = Arrays.stream(CreateMode.values())
                .filter(candidate -> candidate.code() == flags)
                .findFirst();
        if (operation == OpCode.CREATE_CONTAINER) {
            return flagged.map(mode -> mode == CreateMode.PERSISTENT ? CreateMode.CONTAINER : mode);
        }
        return flagged.map(mode -> mode == CreateMode.CONTAINER ? CreateMode.PERSISTENT : mode);
    }

    private static boolean isTtl(int flags) {
        return flags >= FIRST_TTL_FLAGS && flags <= LAST_TTL_FLAGS;
    }

    static ZnodeData data(byte @Nullable [] bytes) {
        return bytes == null ? ZnodeData.NULL : ZnodeData.copyOf(bytes);
    }
}
