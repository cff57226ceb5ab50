package io.oarlog.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.zookeeper.Ensemble;
import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class PipelinedClientTest {
    private static final List<String> SMALL_JVM = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    @TempDir
    Path directory;

    @Test
    void shouldCountAndAskAgainWhatWasLostWithAConnection() throws Exception {
        try (Ensemble ensemble = OarlogBrokers.start(directory, SMALL_JVM, Oarlog.class.getName())) {
            // given
            LongAdder losses = new LongAdder();
            PipelinedClient client = PipelinedClient.connect(ensemble.address(1), "/own", losses);
            assertThat(losses.sum()).isZero();

            // when
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            CompletableFuture<Histogram> running = client.run(ZnodeOperation.SET, until);
            ensemble.kill(1);
            ensemble.start(1);

            // then
            running.get(Ensemble.LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(losses.sum()).isGreaterThanOrEqualTo(PipelinedClient.OUTSTANDING);
            client.close();
        }
    }
}
