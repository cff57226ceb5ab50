package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.jute.InputArchive;
import org.apache.zookeeper.proto.AddWatchRequest;
import org.apache.zookeeper.proto.CheckWatchesRequest;
import org.apache.zookeeper.proto.ErrorResponse;
import org.apache.zookeeper.proto.RemoveWatchesRequest;
import org.apache.zookeeper.proto.SetWatches;
import org.apache.zookeeper.proto.SetWatches2;

/** The operations that only set, look for or remove watches. */
final class WatchRequests {
    /** Modes of addWatch. */
    private static final int PERSISTENT = 0;

    private static final int PERSISTENT_RECURSIVE = 1;

    private final WatchedTree watchedTree;

    WatchRequests(WatchedTree watchedTree) {
        this.watchedTree = watchedTree;
    }

    /** From clients that know no persistent watches. */
    Request setWatches(InputArchive body, Caller caller) throws IOException {
        SetWatches request = new SetWatches();
        request.deserialize(body, "request");
        return setWatches(
                new SetWatches2(
                        request.getRelativeZxid(),
                        request.getDataWatches(),
                        request.getExistWatches(),
                        request.getChildWatches(),
                        List.of(),
                        List.of()),
                caller);
    }

    Request setWatches2(InputArchive body, Caller caller) throws IOException {
        SetWatches2 request = new SetWatches2();
        request.deserialize(body, "request");
        return setWatches(request, caller);
    }

    private Request setWatches(SetWatches2 request, Caller caller) {
        Objects.requireNonNull(request.getDataWatches());
        Objects.requireNonNull(request.getExistWatches());
        Objects.requireNonNull(request.getChildWatches());
        Objects.requireNonNull(request.getPersistentWatches());
        Objects.requireNonNull(request.getPersistentRecursiveWatches());
        return new Request.Read(tree -> watchedTree.restoreWatches(request, caller.watcher())
                ? Answer.DONE
                : Answer.failed(ErrorCode.QUOTA_EXCEEDED));
    }

    Request addWatch(InputArchive body, Caller caller) throws IOException {
        AddWatchRequest request = new AddWatchRequest();
        request.deserialize(body, "request");
        String path = Objects.requireNonNull(request.getPath());
        int mode = request.getMode();
        if (mode != PERSISTENT && mode != PERSISTENT_RECURSIVE) {
            throw new IOException("no mode of watches " + mode);
        }
        return new Request.Read(tree -> watchedTree.watch(path, caller.watcher(), mode == PERSISTENT_RECURSIVE)
                ? Answer.of(new ErrorResponse(ErrorCode.OK.number()))
                : Answer.failed(ErrorCode.QUOTA_EXCEEDED));
    }

    Request checkWatches(InputArchive body, Caller caller) throws IOException {
        CheckWatchesRequest request = new CheckWatchesRequest();
        request.deserialize(body, "request");
        WatchType type = type(request.getType());
        return new Request.Read(tree -> found(watchedTree.hasWatch(request.getPath(), caller.watcher(), type)));
    }

    Request removeWatches(InputArchive body, Caller caller) throws IOException {
        RemoveWatchesRequest request = new RemoveWatchesRequest();
        request.deserialize(body, "request");
        WatchType type = type(request.getType());
        return new Request.Read(tree -> found(watchedTree.removeWatch(request.getPath(), caller.watcher(), type)));
    }

    private static WatchType type(int number) throws IOException {
        return WatchType.of(number).orElseThrow(() -> new IOException("no type of watches " + number));
    }

    private static Answer found(boolean isFound) {
        return isFound ? Answer.DONE : Answer.failed(ErrorCode.NO_WATCHER);
    }
}
