package io.oarlog.server.cli.connection;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Answers of Kafka's admin client, waited for. */
public final class KafkaAnswers {
    private KafkaAnswers() {}

    /**
     * What was answered. The client's own limit ends the wait.
     *
     * @throws KafkaException the cluster's answer, when it is an error; a timeout when there was none
     */
    public static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
