package io.oarlog.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.TopicPartition;
import io.oarlog.testkit.Oarlog;
import io.oarlog.testkit.OarlogCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A test of a program that writes orders: three brokers in this JVM, one of which goes away in between. */
@Oarlog(nodes = 3, topics = "orders")
class OrdersIT {
    @Test
    void shouldSendOrdersWhenANodeIsGone(OarlogCluster cluster) {
        String[] arguments = {cluster.bootstrapServers()};
        SendOrders.main(arguments);
        cluster.stopNode(1);
        SendOrders.main(arguments);

        List<String> orders = new ArrayList<>();
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.bootstrapServers()))) {
            consumer.assign(List.of(new TopicPartition("orders", 0)));
            for (ConsumedRecord record : consumer.records()) {
                byte[] value = record.value();
                orders.add(value == null ? "nothing" : new String(value, UTF_8));
                if (orders.size() == 20) {
                    break;
                }
            }
        }
        assertEquals("order 0", orders.get(0));
        assertEquals("order 9", orders.get(19));
    }
}
