package io.oarlog.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts an {@link OarlogCluster} for tests of JUnit 5 and later, and hands it to parameters of that type.
 *
 * <p>On a class: one cluster that its tests share, those of nested classes too, from before {@code @BeforeAll} until after
 * {@code @AfterAll}. On a test method: a cluster of its own, from before {@code @BeforeEach} until after {@code @AfterEach}, in
 * place of the class's.
 *
 * <pre>{@code
 * @Oarlog(nodes = 3, topics = "orders")
 * class OrdersTest {
 *     @Test
 *     void shouldBeBilled(OarlogCluster cluster) {
 *         var producer = new Producer(ProducerSettings.defaults(cluster.bootstrapServers()));
 *         ...
 *     }
 * }
 * }</pre>
 *
 * A record that one test has written is there for the next: take topics of their own, or clusters.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OarlogExtension.class)
public @interface Oarlog {
    /** How many nodes, 1 to 5. One starts soonest; three can lose one. */
    int nodes() default 1;

    /** Names of topics that are there when the first test begins, with a leader of each partition. */
    String[] topics() default {};

    /** How many partitions each of the {@link #topics} has. */
    int partitions() default 1;

    /** Settings of every broker, {@code name=value} as in {@code server.properties}. */
    String[] settings() default {};
}
