package io.oarlog.raft;

import java.util.EnumSet;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerStreamTracer;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/**
 * Tells when a stream of requests to this node's Raft server breaks off, as all of another node's do when its process ends. A
 * connection that never carried a request, as of one who looks whether anybody listens here, is nobody's end. Thread-safe.
 */
final class ConnectionEnds implements GrpcServices.Customizer {
    private volatile Runnable listener = () -> {};

    /** @param told of each end from now on, on gRPC's thread: it must not wait */
    void listen(Runnable told) {
        listener = told;
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        return builder.addStreamTracerFactory(new Tracers());
    }

    private final class Tracers extends ServerStreamTracer.Factory {
        private final ServerStreamTracer tracer = new ServerStreamTracer() {
            @Override
            public void streamClosed(Status status) {
                if (!status.isOk()) {
                    listener.run();
                }
            }
        };

        @Override
        public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
            return tracer;
        }
    }
}
