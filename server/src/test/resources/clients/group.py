"""kafka-python: a producer and a member of a group, driven by lines: python3 group.py BOOTSTRAP TOPIC GROUP

"produce N" sends N more numbered records, "consume N" waits for N more records and commits, "end" ends.

Its producer is not idempotent: what it sends again after a node was killed may be in the log twice. What is counted is each number once.
"""
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

bootstrap, topic, group = sys.argv[1].split(","), sys.argv[2], sys.argv[3]
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", retries=100)
consumer = KafkaConsumer(
    topic,
    bootstrap_servers=bootstrap,
    group_id=group,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
print(
    f"cluster {len(admin.describe_cluster()['brokers'])} brokers,"
    f" {len(admin.describe_topics([topic])[0]['partitions'])} partitions",
    flush=True,
)
while not consumer.assignment():
    consumer.poll(timeout_ms=100)
consumer.seek_to_beginning()
print("joined", flush=True)

sent = 0
wanted = 0
seen = set()
consumed = set()  # (partition, offset)
for line in sys.stdin:
    command, _, count = line.strip().partition(" ")
    if command == "produce":
        pending = []
        for _ in range(int(count)):
            pending.append(producer.send(topic, key=b"%d" % (sent % 7), value=b"%d" % sent))
            sent += 1
        for each in pending:
            each.get(timeout=60)
        print(f"produced {count}", flush=True)
    elif command == "consume":
        wanted += int(count)
        while len(seen) < wanted:
            for records in consumer.poll(timeout_ms=100).values():
                seen.update(int(record.value) for record in records)
                consumed.update((record.partition, record.offset) for record in records)
        consumer.commit()
        print(f"consumed {count}", flush=True)
    elif command == "end":
        break
consumer.close()
admin.close()
admin = KafkaAdminClient(bootstrap_servers=bootstrap)  # it does not connect anew to a node that was killed
committed = admin.list_consumer_group_offsets(group)
total = sum(stored.offset for partition, stored in committed.items() if partition.topic == topic)
sent_again = len(consumed) - len(seen)
print(f"committed {total - sent_again}", flush=True)
producer.close()
admin.close()
