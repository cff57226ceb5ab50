package io.oarlog.examples;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Reads orders as a reactive stream, 100 at a time, and commits behind each hundred. */
public final class StreamOrders {
    private StreamOrders() {}

    public static void main(String[] args) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(args[0]))) {
            consumer.subscribe("streaming", List.of("orders"));
            consumer.publisher().subscribe(new Hundreds(consumer, end));
            end.join();
        }
    }

    private static final class Hundreds implements Flow.Subscriber<ConsumedRecord> {
        private static final int HUNDRED = 100;

        private final Consumer consumer;
        private final CompletableFuture<Void> end;
        private Flow.Subscription subscription = new None();
        private int received;

        Hundreds(Consumer consumer, CompletableFuture<Void> end) {
            this.consumer = consumer;
            this.end = end;
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            begun.request(HUNDRED);
        }

        @Override
        public void onNext(ConsumedRecord record) {
            if (++received % HUNDRED == 0) {
                var unused = consumer.commitAsync();
                subscription.request(HUNDRED);
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }
    }

    /** Until there is one. */
    private static final class None implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
