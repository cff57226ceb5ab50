package io.oarlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Test classes that are run by JUnit as users have theirs run. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class OarlogExtensionIT {
    /** As it is before JUnit 5.13, whose stores close nothing that is only {@link AutoCloseable}. */
    private static final String STORES_CLOSE = "junit.jupiter.extensions.store.close.autocloseable.enabled";

    /** Of one class under test at a time, in the order in which its methods got them. */
    private static final List<OarlogCluster> CLUSTERS = new ArrayList<>();

    private static TestExecutionSummary run(Class<?> testClass) {
        CLUSTERS.clear();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(testClass))
                                .configurationParameter(STORES_CLOSE, "false")
                                .build(),
                        listener);
        return listener.getSummary();
    }

    private static void assertSucceeded(TestExecutionSummary summary, int tests) {
        assertThat(summary.getFailures()).map(failure -> failure.getException()).isEmpty();
        assertThat(summary.getTestsSucceededCount()).isEqualTo(tests);
    }

    @Oarlog(
            nodes = 2,
            topics = {"orders", "payments"},
            partitions = 2,
            settings = "message.max.bytes = 2000")
    @TestInstance(Lifecycle.PER_CLASS)
    static class SharedSample {
        SharedSample(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
        }

        @BeforeAll
        void all(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
        }

        @BeforeEach
        void each(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
        }

        @Test
        void shouldHaveTopics(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
            assertThat(cluster.runningNodes()).containsExactly(1, 2);
            try (Admin admin = new Admin(AdminSettings.defaults(cluster.bootstrapServers()))) {
                assertThat(admin.listTopics()).containsExactly("orders", "payments");
                assertThat(admin.describeTopic("payments").partitions()).hasSize(2);
            }
        }

        @Nested
        class Inner {
            @Test
            void shouldShareItWithTheClassesInside(OarlogCluster cluster) {
                CLUSTERS.add(cluster);
            }
        }
    }

    @Test
    void shouldShareOneClusterWithinAClass() {
        assertSucceeded(run(SharedSample.class), 2);
        assertThat(CLUSTERS).hasSizeGreaterThanOrEqualTo(6).containsOnly(CLUSTERS.get(0));
        assertThat(CLUSTERS.get(0).runningNodes()).as("stopped at the end").isEmpty();
    }

    @Oarlog
    static class OwnSample {
        @BeforeEach
        void each(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
        }

        @Test
        @Oarlog(settings = "num.partitions=3")
        void shouldHaveItsOwn(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
            assertThat(cluster.runningNodes()).isNotEmpty();
        }

        @Test
        void shouldHaveTheClasss(OarlogCluster cluster) {
            CLUSTERS.add(cluster);
            assertThat(cluster.runningNodes()).isNotEmpty();
        }
    }

    @Test
    void shouldGiveAMethodAClusterOfItsOwn() {
        assertSucceeded(run(OwnSample.class), 2);
        assertThat(CLUSTERS).hasSize(4);
        assertThat(CLUSTERS.get(0)).isSameAs(CLUSTERS.get(1)).isNotSameAs(CLUSTERS.get(2));
        assertThat(CLUSTERS.get(2)).isSameAs(CLUSTERS.get(3));
        assertThat(CLUSTERS).allMatch(cluster -> cluster.runningNodes().isEmpty());
    }

    @Oarlog(settings = "num.partitions")
    static class MistakenSample {
        @Test
        void shouldNotRun() {}
    }

    @Test
    void shouldSayWhatIsWrongWithASetting() {
        TestExecutionSummary summary = run(MistakenSample.class);
        assertThat(summary.getTestsStartedCount()).isZero();
        assertThat(summary.getFailures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.getException())
                        .hasMessage("@Oarlog: the setting 'num.partitions' must be name=value, as in"
                                + " server.properties"));
    }
}
