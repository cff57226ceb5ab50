package io.oarlog.server.cli.connection;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Answers of Kafka's admin client, waited for. */
public final class KafkaAnswers {
    /** More than the client's own limit, which says more. */
    private static final long LIMIT_SECONDS = 30;

    private KafkaAnswers() {}

    /**
     * What was answered.
     *
     * @throws KafkaException the cluster's answer, when it is an error; a timeout when there was none
     */
    public static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException("no answer in " + LIMIT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
