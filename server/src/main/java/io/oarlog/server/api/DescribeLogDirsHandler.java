package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import io.oarlog.raft.ReplicatedLog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntPredicate;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopicCollection;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DescribeLogDirs (KIP-113, KIP-827): the replicas on this broker's disk, of which there is one. Thread-safe. */
final class DescribeLogDirsHandler implements ApiHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

    private final ClusterState cluster;
    private final Path dataDirectory;
    private final Executor readPool;

    DescribeLogDirsHandler(ClusterState cluster, Path dataDirectory, Executor readPool) {
        this.cluster = cluster;
        this.dataDirectory = dataDirectory;
        this.readPool = readPool;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribableLogDirTopicCollection topics =
                ((DescribeLogDirsRequest) request.body()).data().topics();
        return CompletableFuture.supplyAsync(
                () -> new ApiResponse.Answer(new DescribeLogDirsResponse(
                        new DescribeLogDirsResponseData().setResults(List.of(describe(topics))))),
                readPool);
    }

    /** @param asked null: all */
    private DescribeLogDirsResult describe(@Nullable DescribableLogDirTopicCollection asked) {
        DescribeLogDirsResult result = new DescribeLogDirsResult().setLogDir(dataDirectory.toString());
        for (Topic topic : cluster.metadata().topics()) {
            DescribableLogDirTopic named = asked == null ? null : asked.find(topic.name());
            if (asked == null || named != null) {
                describe(topic, partition -> named == null || named.partitions().contains(partition))
                        .ifPresent(result.topics()::add);
            }
        }
        try {
            FileStore store = Files.getFileStore(dataDirectory);
            result.setTotalBytes(store.getTotalSpace()).setUsableBytes(store.getUsableSpace());
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("directory", dataDirectory).setCause(e).log("the disk does not tell its size");
            result.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
        }
        return result;
    }

    /** Nothing when none of the partitions is hosted here. */
    private Optional<DescribeLogDirsTopic> describe(Topic topic, IntPredicate isAskedFor) {
        DescribeLogDirsTopic result = new DescribeLogDirsTopic().setName(topic.name());
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            Optional<ReplicatedLog> log = cluster.log(topic, partition);
            if (log.isPresent() && isAskedFor.test(partition)) {
                result.partitions()
                        .add(new DescribeLogDirsPartition()
                                .setPartitionIndex(partition)
                                .setPartitionSize(log.get().sizeInBytes())
                                .setOffsetLag(Math.max(
                                        0, log.get().highWatermark() - log.get().logEndOffset())));
            }
        }
        return result.partitions().isEmpty() ? Optional.empty() : Optional.of(result);
    }
}
