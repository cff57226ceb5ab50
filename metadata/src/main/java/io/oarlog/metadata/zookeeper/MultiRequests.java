package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeError;
import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeResult.Created;
import io.oarlog.metadata.tree.ZnodeResult.DataSet;
import io.oarlog.metadata.tree.ZnodeResult.MultiDone;
import io.oarlog.metadata.tree.ZnodeResult.MultiFailed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.jute.InputArchive;
import org.apache.zookeeper.proto.CheckVersionRequest;
import org.apache.zookeeper.proto.Create2Response;
import org.apache.zookeeper.proto.CreateResponse;
import org.apache.zookeeper.proto.MultiHeader;
import org.apache.zookeeper.proto.SetDataResponse;

/** multi and multiRead. */
final class MultiRequests {
    /** No znode has this version: an operation that is known to fail holds its place with it. */
    private static final Check FAILING = new Check("/", Integer.MIN_VALUE);

    private final ReadRequests reads;

    MultiRequests(ReadRequests reads) {
        this.reads = reads;
    }

    static Request multi(InputArchive body, Caller caller) throws IOException {
        List<OpCode> codes = new ArrayList<>();
        List<Operation> operations = new ArrayList<>();
        // What is wrong with an operation has to wait until those before it were tried.
        Map<Integer, ErrorCode> faults = new HashMap<>();
        for (OpCode code = next(body); code != OpCode.ERROR; code = next(body)) {
            int index = operations.size();
            codes.add(code);
            switch (code) {
                case CREATE, CREATE2, CREATE_CONTAINER, CREATE_TTL -> {
                    CreateRequests.Parsed parsed = CreateRequests.parse(code, body, caller);
                    if (parsed.fault() != null && code != OpCode.CREATE_TTL) {
                        // As in ZooKeeper such a request cannot be read, unlike the same operation on its own.
                        throw new IOException("no mode of a create");
                    }
                    if (parsed.fault() != null) {
                        faults.put(index, parsed.fault());
                    }
                    operations.add(parsed.create() == null ? FAILING : parsed.create());
                }
                case DELETE -> operations.add(ChangeRequests.parseDelete(body));
                case SET_DATA -> operations.add(ChangeRequests.parseSetData(body));
                case CHECK -> {
                    CheckVersionRequest request = new CheckVersionRequest();
                    request.deserialize(body, "request");
                    operations.add(new Check(request.getPath(), request.getVersion()));
                }
                default -> throw new IOException(code + " cannot be part of a multi");
            }
        }
        ZnodeCommand.Requestable command = new Multi(operations);
        return new Request.Write(command, result -> answer(codes, faults, result));
    }

    /** The next operation's code; {@link OpCode#ERROR} at the end. */
    private static OpCode next(InputArchive body) throws IOException {
        MultiHeader header = new MultiHeader();
        header.deserialize(body, "header");
        if (header.getDone()) {
            return OpCode.ERROR;
        }
        return OpCode.of(header.getType())
                .filter(code -> code != OpCode.ERROR)
                .orElseThrow(() -> new IOException("no operation " + header.getType()));
    }

    private static Answer answer(List<OpCode> codes, Map<Integer, ErrorCode> faults, ZnodeResult result) {
        if (result instanceof MultiDone done) {
            MultiReply reply = new MultiReply();
            for (int i = 0; i < codes.size(); i++) {
                add(reply, codes.get(i), done.results().get(i));
            }
            return Answer.of(reply);
        } else if (result instanceof MultiFailed failed) {
            MultiReply reply = new MultiReply();
            List<ZnodeError> errors = failed.errors();
            for (int i = 0; i < errors.size(); i++) {
                ErrorCode error = ErrorCode.of(errors.get(i));
                reply.addError(i == failed.failedAt() ? faults.getOrDefault(i, error) : error);
            }
            return Answer.of(reply);
        }
        return Answer.failed(ErrorCode.of(result.failure().orElseThrow()));
    }

    private static void add(MultiReply reply, OpCode code, ZnodeResult result) {
        if (result instanceof Created created) {
            if (code == OpCode.CREATE) {
                reply.add(OpCode.CREATE, new CreateResponse(created.path()));
            } else {
                reply.add(OpCode.CREATE2, new Create2Response(created.path(), Stats.of(created.stat())));
            }
        } else if (result instanceof DataSet set) {
            reply.add(OpCode.SET_DATA, new SetDataResponse(Stats.of(set.stat())));
        } else {
            reply.add(code, null);
        }
    }

    Request multiRead(InputArchive body, Caller caller) throws IOException {
        List<OpCode> codes = new ArrayList<>();
        List<Request.Read> parts = new ArrayList<>();
        for (OpCode code = next(body); code != OpCode.ERROR; code = next(body)) {
            codes.add(code);
            parts.add((Request.Read)
                    switch (code) {
                        case GET_DATA -> reads.getData(body, caller);
                        case GET_CHILDREN -> reads.getChildren(body, caller);
                        default -> throw new IOException(code + " cannot be part of a multiRead");
                    });
        }
        return new Request.Read(tree -> {
            MultiReply reply = new MultiReply();
            for (int i = 0; i < codes.size(); i++) {
                Answer answer = parts.get(i).answer().apply(tree);
                if (answer.error() == ErrorCode.OK) {
                    reply.add(codes.get(i), answer.body());
                } else {
                    reply.addError(answer.error());
                }
            }
            return Answer.of(reply);
        });
    }
}
