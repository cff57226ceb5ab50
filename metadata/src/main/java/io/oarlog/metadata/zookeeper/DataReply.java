package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeStat;
import java.io.IOException;
import org.apache.jute.InputArchive;
import org.apache.jute.OutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.GetDataResponse;

/** A znode's data on its way to a client. It shares the tree's bytes until it is encoded. */
record DataReply(ZnodeData data, ZnodeStat stat) implements Record {
    @Override
    public void serialize(OutputArchive archive, String tag) throws IOException {
        new GetDataResponse(data.isNull() ? null : data.toArray(), Stats.of(stat)).serialize(archive, tag);
    }

    @Override
    public void deserialize(InputArchive archive, String tag) {
        throw new UnsupportedOperationException("it is sent only");
    }
}
