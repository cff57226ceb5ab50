package io.oarlog.raft;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SharedMetricRegistries;
import com.codahale.metrics.Timer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.util.TimeDuration;

/**
 * Ratis's metrics in Dropwizard Metrics 4, aggregated over all groups of the process: {@code ratis.<component>.<name>}.
 * Counters and timers of all groups share one instrument; gauges are per group and are left out. Thread-safe.
 *
 * <p>Loaded by Ratis as a service, so the registry is found by its shared name, {@link #REGISTRY}.
 */
public final class RatisMetricsBridge extends MetricRegistries {
    /** Name of the {@link SharedMetricRegistries} entry that holds the metrics of this process. */
    public static final String REGISTRY = "oarlog";

    private final MetricRegistry metrics = SharedMetricRegistries.getOrCreate(REGISTRY);
    private final Map<MetricRegistryInfo, RatisMetricRegistry> registries = new ConcurrentHashMap<>();

    @Override
    public RatisMetricRegistry create(MetricRegistryInfo info) {
        return registries.computeIfAbsent(info, Aggregated::new);
    }

    @Override
    public boolean remove(MetricRegistryInfo info) {
        return registries.remove(info) != null;
    }

    @Override
    public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
        return Optional.ofNullable(registries.get(info));
    }

    @Override
    public Set<MetricRegistryInfo> getMetricRegistryInfos() {
        return Set.copyOf(registries.keySet());
    }

    @Override
    public Collection<RatisMetricRegistry> getMetricRegistries() {
        return Set.copyOf(registries.values());
    }

    @Override
    public void clear() {
        registries.clear();
    }

    @Override
    public void addReporterRegistration(
            Consumer<RatisMetricRegistry> reporterRegistration, Consumer<RatisMetricRegistry> stopReporter) {
        // Reporters are attached to the shared registry, once for all groups.
    }

    @Override
    public void enableJmxReporter() {
        // As above.
    }

    @Override
    public void enableConsoleReporter(TimeDuration consoleReportRate) {
        // As above.
    }

    private final class Aggregated implements RatisMetricRegistry {
        private final MetricRegistryInfo info;
        private final String prefix;

        Aggregated(MetricRegistryInfo info) {
            this.info = info;
            this.prefix = info.getApplicationName() + "." + info.getMetricsComponentName() + ".";
        }

        @Override
        public Timekeeper timer(String name) {
            Timer timer = metrics.timer(prefix + name);
            return () -> {
                Timer.Context running = timer.time();
                return running::stop;
            };
        }

        @Override
        public LongCounter counter(String name) {
            Counter counter = metrics.counter(prefix + name);
            return new LongCounter() {
                @Override
                public void inc(long n) {
                    counter.inc(n);
                }

                @Override
                public void dec(long n) {
                    counter.dec(n);
                }

                @Override
                public long getCount() {
                    return counter.getCount();
                }
            };
        }

        @Override
        public boolean remove(String name) {
            // Shared with the other groups: it stays.
            return true;
        }

        @Override
        public <T> void gauge(String name, Supplier<Supplier<T>> gaugeSupplier) {
            // One value per group cannot be shared.
        }

        @Override
        public MetricRegistryInfo getMetricRegistryInfo() {
            return info;
        }
    }
}
