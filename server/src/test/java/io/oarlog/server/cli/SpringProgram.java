package io.oarlog.server.cli;

import static org.awaitility.Awaitility.await;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.MessageListenerContainer;

/** An application with Spring Kafka: a template and a listener on two threads, driven by the lines of {@link ClientProgram}. */
final class SpringProgram {
    private static final int THREADS = 2;

    private SpringProgram() {}

    @Configuration
    @EnableKafka
    static class Application {
        @Bean
        DefaultKafkaConsumerFactory<String, String> consumerFactory(Environment environment) {
            return new DefaultKafkaConsumerFactory<>(
                    Map.of(
                            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                            environment.getRequiredProperty("bootstrap"),
                            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                            environment.getRequiredProperty("protocol"),
                            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                            "earliest"),
                    new StringDeserializer(),
                    new StringDeserializer());
        }

        @Bean
        ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory(
                DefaultKafkaConsumerFactory<String, String> consumerFactory) {
            ConcurrentKafkaListenerContainerFactory<String, String> factory =
                    new ConcurrentKafkaListenerContainerFactory<>();
            factory.setConsumerFactory(consumerFactory);
            factory.setConcurrency(THREADS);
            return factory;
        }

        @Bean
        KafkaTemplate<String, String> template(Environment environment) {
            return new KafkaTemplate<>(new DefaultKafkaProducerFactory<>(
                    Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, environment.getRequiredProperty("bootstrap")),
                    new StringSerializer(),
                    new StringSerializer()));
        }

        @Bean
        Listener listener() {
            return new Listener();
        }
    }

    /** What was heard is committed by Spring when the records of a poll are through. */
    static final class Listener {
        final Set<String> heard = ConcurrentHashMap.newKeySet();

        @KafkaListener(id = "heard", topics = "${topic}", groupId = "${group}")
        void listen(String value) {
            heard.add(value);
        }
    }

    /**
     * Runs until it is told to end.
     *
     * @param args bootstrap, topic, group, group protocol
     */
    public static void main(String[] args) throws Exception {
        String bootstrap = args[0];
        String topic = args[1];
        String group = args[2];
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
                AnnotationConfigApplicationContext application = new AnnotationConfigApplicationContext()) {
            application
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource(
                            "arguments",
                            Map.of("bootstrap", bootstrap, "topic", topic, "group", group, "protocol", args[3])));
            application.register(Application.class);
            application.refresh();
            int partitions = application
                    .getBean(KafkaTemplate.class)
                    .partitionsFor(topic)
                    .size();
            System.out.println("cluster "
                    + admin.describeCluster().nodes().get().size() + " brokers, " + partitions + " partitions");
            MessageListenerContainer container = Objects.requireNonNull(
                    application.getBean(KafkaListenerEndpointRegistry.class).getListenerContainer("heard"));
            await().atMost(TestCluster.LIMIT).until(() -> {
                Collection<TopicPartition> assigned = container.getAssignedPartitions();
                return assigned != null && assigned.size() == partitions;
            });
            System.out.println("joined");
            run(application, topic);
            container.stop();
            long committed =
                    admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
                            .mapToLong(OffsetAndMetadata::offset)
                            .sum();
            System.out.println("committed " + committed);
        }
        System.exit(0);
    }

    @SuppressWarnings("unchecked") // of the only template that there is
    private static void run(AnnotationConfigApplicationContext application, String topic) throws Exception {
        KafkaTemplate<String, String> template = application.getBean(KafkaTemplate.class);
        Set<String> heard = application.getBean(Listener.class).heard;
        int[] sent = {0};
        int[] wanted = {0};
        ProgramLines.obey(
                count -> {
                    for (int i = 0; i < count; i++) {
                        String value = String.valueOf(sent[0]++);
                        template.send(topic, value, value).get(TestCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
                    }
                },
                count -> {
                    wanted[0] += count;
                    await().atMost(TestCluster.LIMIT).until(() -> heard.size() >= wanted[0]);
                });
    }
}
