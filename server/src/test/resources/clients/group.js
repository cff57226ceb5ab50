// A KafkaJS producer and a member of a group, driven by lines: node group.js BOOTSTRAP TOPIC GROUP
// "produce N" sends N more numbered records, "consume N" waits for N more records to be consumed and committed, "end" ends.
'use strict';
const readline = require('node:readline');
const { Kafka, logLevel } = require('kafkajs');

const [bootstrap, topic, groupId] = process.argv.slice(2);
// It asks a node that is gone this often, at most a second apart instead of 30, before it looks for the next one; so long its end waits too.
const retry = { retries: 30, maxRetryTime: 1000 };
const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.ERROR, retry });

// As often as the broker asks for it: KafkaJS's own admin client does not while a coordinator is loading.
async function retried(call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!error.retriable) {
        throw error;
      }
      await new Promise((resume) => setTimeout(resume, 100));
    }
  }
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  const cluster = await admin.describeCluster();
  console.log(`cluster ${cluster.brokers.length} brokers, ${offsets.length} partitions`);

  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const consumer = kafka.consumer({ groupId, retry: { ...retry, retries: 5 } });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const joined = new Promise((resume) => consumer.on(consumer.events.GROUP_JOIN, resume));
  const seen = new Set();
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.add(Number(message.value.toString()));
    },
  });
  await joined;
  console.log('joined');

  let sent = 0;
  let wanted = 0;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, count] = line.split(' ');
    if (command === 'produce') {
      const messages = [];
      for (let i = 0; i < Number(count); i++) {
        messages.push({ key: String(sent % 7), value: String(sent++), headers: { by: 'kafkajs' } });
      }
      await producer.send({ topic, acks: -1, messages });
      console.log(`produced ${count}`);
    } else if (command === 'consume') {
      wanted += Number(count);
      while (seen.size < wanted) {
        await new Promise((resume) => setTimeout(resume, 20));
      }
      console.log(`consumed ${count}`);
    } else if (command === 'end') {
      break;
    }
  }
  await consumer.disconnect(); // commits what it has consumed
  const committed = await retried(() => admin.fetchOffsets({ groupId, topics: [topic] }));
  const total = committed[0].partitions.reduce((sum, each) => sum + Number(each.offset), 0);
  console.log(`committed ${total}`);
  await producer.disconnect();
  await admin.disconnect();
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
