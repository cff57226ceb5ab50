package io.oarlog.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.client.AssignmentListener;
import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.MembershipLostException;
import io.oarlog.client.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Reads orders as a member of the group {@code billing}: start it several times, and the members share the partitions. */
public final class BillOrders {
    private BillOrders() {}

    public static void main(String[] args) {
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(args[0]))) {
            consumer.subscribe("billing", List.of("orders"), new Announcements());
            while (!Thread.currentThread().isInterrupted()) {
                for (ConsumedRecord record : consumer.poll(Duration.ofSeconds(1))) {
                    bill(record);
                }
                commit(consumer);
            }
        }
    }

    private static void commit(Consumer consumer) {
        try {
            consumer.commitSync();
        } catch (MembershipLostException e) {
            // Another member bills what was not committed; the next poll joins again.
            System.out.println(e.getMessage());
        }
    }

    private static void bill(ConsumedRecord record) {
        byte[] value = record.value();
        String order = value == null ? "nothing" : new String(value, UTF_8);
        System.out.println(record.topicPartition() + " " + record.offset() + ": " + order);
    }

    private static final class Announcements implements AssignmentListener {
        @Override
        public void onAssigned(Set<TopicPartition> partitions) {
            System.out.println("reads " + partitions);
        }

        @Override
        public void onRevoked(Set<TopicPartition> partitions) {
            System.out.println("gives back " + partitions);
        }
    }
}
