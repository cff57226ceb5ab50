package io.oarlog.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.client.NotSentException;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.client.RecordMetadata;
import io.oarlog.client.RejectedRecordException;
import io.oarlog.client.UnknownOutcomeException;
import java.util.concurrent.CompletionException;

/** Sends orders and waits for each, to show what can become of a record. A program in a hurry waits for many at a time. */
public final class SendOrders {
    private SendOrders() {}

    public static void main(String[] args) {
        try (Producer producer = new Producer(ProducerSettings.defaults(args[0]))) {
            for (int order = 0; order < 10; order++) {
                send(producer, order);
            }
        }
    }

    private static void send(Producer producer, int order) {
        byte[] customer = ("customer-" + order % 3).getBytes(UTF_8);
        byte[] value = ("order " + order).getBytes(UTF_8);
        try {
            // The customer chooses the partition: one customer's orders keep their order.
            RecordMetadata stored =
                    producer.send(ProducerRecord.of("orders", customer, value)).join();
            System.out.println("stored at a majority: partition " + stored.partition() + ", offset " + stored.offset());
        } catch (CompletionException e) {
            if (e.getCause() instanceof NotSentException) {
                System.out.println("not stored, send it again: " + e.getCause().getMessage());
            } else if (e.getCause() instanceof RejectedRecordException) {
                System.out.println(
                        "not stored, and never will be: " + e.getCause().getMessage());
            } else if (e.getCause() instanceof UnknownOutcomeException) {
                System.out.println(
                        "stored or not, nobody knows: " + e.getCause().getMessage());
            } else {
                throw e;
            }
        }
    }
}
