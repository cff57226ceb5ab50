package io.oarlog.raft;

import java.util.EnumSet;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/** Tells when a connection ends that another node, or a client, had to this node's Raft server. Thread-safe. */
final class ConnectionEnds implements GrpcServices.Customizer {
    private volatile Runnable listener = () -> {};

    /** @param told of each end from now on, on gRPC's thread: it must not wait */
    void listen(Runnable told) {
        listener = told;
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        return builder.addTransportFilter(new ServerTransportFilter() {
            @Override
            public void transportTerminated(Attributes attributes) {
                listener.run();
            }
        });
    }
}
