package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.apache.jute.InputArchive;

/** Finds the reader of an operation's requests. Immutable. */
final class Operations {
    private final Map<OpCode, RequestReader> readers = new EnumMap<>(OpCode.class);

    Operations(WatchedTree watchedTree) {
        ReadRequests reads = new ReadRequests(watchedTree);
        WatchRequests watches = new WatchRequests(watchedTree);
        for (OpCode create : new OpCode[] {OpCode.CREATE, OpCode.CREATE2, OpCode.CREATE_CONTAINER, OpCode.CREATE_TTL}) {
            readers.put(create, (body, caller) -> CreateRequests.read(create, body, caller));
        }
        readers.put(OpCode.DELETE, ChangeRequests::delete);
        readers.put(OpCode.SET_DATA, ChangeRequests::setData);
        readers.put(OpCode.SET_ACL, ChangeRequests::setAcl);
        readers.put(OpCode.SYNC, ChangeRequests::sync);
        readers.put(OpCode.CLOSE_SESSION, ChangeRequests::closeSession);
        readers.put(OpCode.MULTI, MultiRequests::multi);
        readers.put(OpCode.MULTI_READ, new MultiRequests(reads)::multiRead);
        readers.put(OpCode.EXISTS, reads::exists);
        readers.put(OpCode.GET_DATA, reads::getData);
        readers.put(OpCode.GET_CHILDREN, reads::getChildren);
        readers.put(OpCode.GET_CHILDREN2, reads::getChildren2);
        readers.put(OpCode.GET_ACL, ReadRequests::getAcl);
        readers.put(OpCode.GET_ALL_CHILDREN_NUMBER, ReadRequests::getAllChildrenNumber);
        readers.put(OpCode.GET_EPHEMERALS, ReadRequests::getEphemerals);
        readers.put(OpCode.RECONFIG, (body, caller) -> Request.refused(ErrorCode.RECONFIG_DISABLED));
        readers.put(OpCode.WHO_AM_I, ReadRequests::whoAmI);
        readers.put(OpCode.PING, ReadRequests::ping);
        readers.put(OpCode.SET_WATCHES, watches::setWatches);
        readers.put(OpCode.SET_WATCHES2, watches::setWatches2);
        readers.put(OpCode.ADD_WATCH, watches::addWatch);
        readers.put(OpCode.CHECK_WATCHES, watches::checkWatches);
        readers.put(OpCode.REMOVE_WATCHES, watches::removeWatches);
    }

    /**
     * Reads the body of a request.
     *
     * @return empty when the operation is not served on its own
     */
    Optional<Request> read(OpCode operation, InputArchive body, Caller caller) {
        RequestReader reader = readers.get(operation);
        if (reader == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.read(body, caller));
        } catch (IOException | RuntimeException e) {
            // The codec throws whatever the bytes provoke: none of it is our state.
            return Optional.of(Request.refused(ErrorCode.MARSHALLING_ERROR));
        }
    }
}
