package io.oarlog.examples;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.client.TopicExistsException;
import java.util.Map;

/** Creates the topic {@code orders}, which keeps records for a week, and tells who leads its partitions. */
public final class CreateTopic {
    private static final String WEEK_MILLIS = "604800000";

    private CreateTopic() {}

    public static void main(String[] args) {
        try (Admin admin = new Admin(AdminSettings.defaults(args[0]))) {
            try {
                admin.createTopic("orders", 6, (short) 3, Map.of("retention.ms", WEEK_MILLIS));
            } catch (TopicExistsException e) {
                System.out.println(e.getMessage());
            }
            for (PartitionDescription partition : admin.describeTopic("orders").partitions()) {
                System.out.println("partition " + partition.partition() + " is led by " + partition.leader());
            }
        }
    }
}
