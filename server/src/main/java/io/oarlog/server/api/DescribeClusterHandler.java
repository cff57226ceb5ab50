package io.oarlog.server.api;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.MetadataResponse;

/** DescribeCluster: the live brokers and the leader of the metadata, under the name of controller. Thread-safe. */
final class DescribeClusterHandler implements ApiHandler {
    private static final byte BROKERS = 1;

    private final ClusterState cluster;

    DescribeClusterHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribeClusterRequestData data = ((DescribeClusterRequest) request.body()).data();
        DescribeClusterResponseData response = new DescribeClusterResponseData().setEndpointType(data.endpointType());
        if (data.endpointType() != BROKERS) {
            response.setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
                    .setErrorMessage("this is a broker; there are no controllers beside the brokers");
        } else {
            response.setClusterId(cluster.metadata().clusterId())
                    .setControllerId(cluster.metadata().controllerId().orElse(MetadataResponse.NO_CONTROLLER_ID));
            cluster.nodes(request.path())
                    .forEach(broker -> response.brokers()
                            .add(new DescribeClusterBroker()
                                    .setBrokerId(broker.id())
                                    .setHost(broker.host())
                                    .setPort(broker.port())));
        }
        return CompletableFuture.completedFuture(new ApiResponse.Answer(new DescribeClusterResponse(response)));
    }
}
