package io.oarlog.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets producer ids from the cluster, when one is first needed or the last one is used up. Confined to the event loop. */
final class ProducerIds {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerIds.class);

    private final AnyBroker anyBroker;
    private final RetryPolicy retries;
    private final Alarm retryAlarm;
    private final Set<Runnable> waiters = new LinkedHashSet<>();
    private @Nullable ProducerIdentity current;
    private boolean asked;
    private int failures;

    ProducerIds(IoLoop loop, AnyBroker anyBroker, RetryPolicy retries) {
        this.anyBroker = anyBroker;
        this.retries = retries;
        this.retryAlarm = new Alarm(loop, this::ask);
    }

    /** The identity to start a partition with; null when there is none yet: {@code onIdentity} runs once when there is. */
    @Nullable
    ProducerIdentity current(Runnable onIdentity) {
        if (current == null) {
            waiters.add(onIdentity);
            if (!asked) {
                asked = true;
                ask();
            }
        }
        return current;
    }

    /** The id must not be used any more. */
    void discard(long id) {
        if (current != null && current.id() == id) {
            current = null;
        }
    }

    private void ask() {
        InitProducerIdRequestData request =
                new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(Integer.MAX_VALUE);
        var unused = anyBroker
                .ask(Api.INIT_PRODUCER_ID, request, InitProducerIdResponseData.class)
                .whenComplete((answer, failure) -> {
                    if (answer != null && answer.errorCode() == WireError.NONE.code()) {
                        onAnswer(new ProducerIdentity(answer.producerId(), answer.producerEpoch()));
                    } else {
                        // Until the records' own deadline: every failure may pass.
                        LOG.atDebug()
                                .addKeyValue("error", answer == null ? null : WireError.forCode(answer.errorCode()))
                                .setCause(failure)
                                .log("no producer id yet");
                        retryAlarm.within(retries.delayNanos(++failures));
                    }
                });
    }

    private void onAnswer(ProducerIdentity identity) {
        current = identity;
        asked = false;
        failures = 0;
        List<Runnable> woken = List.copyOf(waiters);
        waiters.clear();
        woken.forEach(Runnable::run);
    }

    void close() {
        retryAlarm.cancel();
    }
}
