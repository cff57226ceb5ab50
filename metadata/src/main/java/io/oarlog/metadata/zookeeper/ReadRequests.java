package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeTree;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.jute.InputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.ExistsResponse;
import org.apache.zookeeper.proto.GetACLRequest;
import org.apache.zookeeper.proto.GetACLResponse;
import org.apache.zookeeper.proto.GetAllChildrenNumberRequest;
import org.apache.zookeeper.proto.GetAllChildrenNumberResponse;
import org.apache.zookeeper.proto.GetChildren2Request;
import org.apache.zookeeper.proto.GetChildren2Response;
import org.apache.zookeeper.proto.GetChildrenRequest;
import org.apache.zookeeper.proto.GetChildrenResponse;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.GetEphemeralsRequest;
import org.apache.zookeeper.proto.GetEphemeralsResponse;
import org.apache.zookeeper.proto.WhoAmIResponse;

/** The operations that look at the tree, with the watches that some of them set. */
final class ReadRequests {
    private final WatchedTree watchedTree;

    ReadRequests(WatchedTree watchedTree) {
        this.watchedTree = watchedTree;
    }

    Request exists(InputArchive body, Caller caller) throws IOException {
        ExistsRequest request = new ExistsRequest();
        request.deserialize(body, "request");
        String path = Objects.requireNonNull(request.getPath());
        if (path.indexOf('\0') >= 0) {
            return Request.refused(ErrorCode.BAD_ARGUMENTS);
        }
        return new Request.Read(tree -> {
            Optional<Znode> znode = tree.get(path);
            if (znode.isPresent() && !caller.may(znode.get(), Acl.READ)) {
                return Answer.failed(ErrorCode.NO_AUTH);
            }
            // A znode that is not there yet can be watched too.
            if (request.getWatch() && !watchedTree.watchData(path, caller.watcher())) {
                return Answer.failed(ErrorCode.QUOTA_EXCEEDED);
            }
            return znode.map(found -> Answer.of(new ExistsResponse(Stats.of(found.stat()))))
                    .orElseGet(() -> Answer.failed(ErrorCode.NO_NODE));
        });
    }

    Request getData(InputArchive body, Caller caller) throws IOException {
        GetDataRequest request = new GetDataRequest();
        request.deserialize(body, "request");
        BiFunction<String, Watcher, Boolean> watch = watchedTree::watchData;
        return read(
                request.getPath(),
                caller,
                request.getWatch(),
                watch,
                znode -> new DataReply(znode.data(), znode.stat()));
    }

    Request getChildren(InputArchive body, Caller caller) throws IOException {
        GetChildrenRequest request = new GetChildrenRequest();
        request.deserialize(body, "request");
        return read(
                request.getPath(),
                caller,
                request.getWatch(),
                watchedTree::watchChildren,
                znode -> new GetChildrenResponse(znode.childNames()));
    }

    Request getChildren2(InputArchive body, Caller caller) throws IOException {
        GetChildren2Request request = new GetChildren2Request();
        request.deserialize(body, "request");
        return read(
                request.getPath(),
                caller,
                request.getWatch(),
                watchedTree::watchChildren,
                znode -> new GetChildren2Response(znode.childNames(), Stats.of(znode.stat())));
    }

    private static Request read(
            String path,
            Caller caller,
            boolean watches,
            BiFunction<String, Watcher, Boolean> watch,
            Function<Znode, Record> body) {
        Objects.requireNonNull(path);
        return new Request.Read(tree -> read(tree, path, caller, Acl.READ, znode -> {
            if (watches && !watch.apply(path, caller.watcher())) {
                return Answer.failed(ErrorCode.QUOTA_EXCEEDED);
            }
            return Answer.of(body.apply(znode));
        }));
    }

    private static Answer read(
            ZnodeTree tree, String path, Caller caller, int permission, Function<Znode, Answer> answer) {
        Optional<Znode> znode = tree.get(path);
        if (znode.isEmpty()) {
            return Answer.failed(ErrorCode.NO_NODE);
        } else if (!caller.may(znode.get(), permission)) {
            return Answer.failed(ErrorCode.NO_AUTH);
        }
        return answer.apply(znode.get());
    }

    static Request getAcl(InputArchive body, Caller caller) throws IOException {
        GetACLRequest request = new GetACLRequest();
        request.deserialize(body, "request");
        String path = Objects.requireNonNull(request.getPath());
        return new Request.Read(tree -> read(
                tree,
                path,
                caller,
                Acl.READ | Acl.ADMIN,
                znode -> Answer.of(new GetACLResponse(
                        AccessLists.forClient(znode.acl(), caller.may(znode, Acl.ADMIN)), Stats.of(znode.stat())))));
    }

    static Request getAllChildrenNumber(InputArchive body, Caller caller) throws IOException {
        GetAllChildrenNumberRequest request = new GetAllChildrenNumberRequest();
        request.deserialize(body, "request");
        String path = Objects.requireNonNull(request.getPath());
        return new Request.Read(tree -> read(
                tree,
                path,
                caller,
                Acl.READ,
                znode -> Answer.of(new GetAllChildrenNumberResponse(znode.descendantCount()))));
    }

    static Request getEphemerals(InputArchive body, Caller caller) throws IOException {
        GetEphemeralsRequest request = new GetEphemeralsRequest();
        request.deserialize(body, "request");
        String prefix = request.getPrefixPath();
        boolean all = prefix == null || prefix.isBlank() || prefix.strip().equals("/");
        return new Request.Read(tree -> {
            List<String> paths = tree.sessions().ephemerals(caller.sessionId());
            return Answer.of(new GetEphemeralsResponse(
                    all
                            ? paths
                            : paths.stream()
                                    .filter(path -> path.startsWith(prefix))
                                    .toList()));
        });
    }

    static Request whoAmI(InputArchive body, Caller caller) {
        List<ClientInfo> identities = caller.identities().stream()
                .map(identity -> new ClientInfo(identity.scheme(), Authentication.userOf(identity)))
                .toList();
        return Request.answered(Answer.of(new WhoAmIResponse(identities)));
    }

    static Request ping(InputArchive body, Caller caller) {
        return Request.answered(Answer.DONE);
    }
}
