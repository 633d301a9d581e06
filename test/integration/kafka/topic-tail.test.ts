import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from 'kafkajs';
import { kafkaTool } from '../../helpers/services/kafka-artefacts.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import {
  TopicTail,
  endOffsets,
  produce,
  readCommitted,
  untilConsumed,
} from '../../helpers/services/topics.ts';

const TOPIC = 'records';

test('TopicTail gives what the Java consumer reads as committed, each record once', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  await kafka.createTopic({ topic: TOPIC, partitions: 2 });
  const producer = kafka
    .client()
    .producer({ transactionalId: 'writer', maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const send = (transaction: Transaction, value: string): Promise<unknown> =>
    transaction.send({
      topic: TOPIC,
      messages: [0, 1].map((partition) => ({ partition, value: `${value}/${partition}` })),
    });
  const tail = new TopicTail(kafka, [TOPIC]);
  const seen: string[] = [];
  for (let i = 0; i < 12; i++) {
    const transaction = await producer.transaction();
    await send(transaction, `first ${i}`);
    await send(transaction, `second ${i}`);
    await (i % 3 === 2 ? transaction.abort() : transaction.commit());
    if (i % 5 === 4) await tail.read(({ value }) => seen.push(String(value)));
  }
  await producer.disconnect();
  await produce(kafka, TOPIC, [
    { key: 'k', value: Buffer.from('last') },
    { key: null, value: null, partition: 1 },
  ]);
  await tail.read(({ value }) => seen.push(String(value)));
  const java = kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', kafka.brokers.join(','), '--topic', TOPIC, '--from-beginning'],
    ...['--isolation-level', 'read_committed', '--timeout-ms', '5000'],
  ]);
  const expected = String(java)
    .split('\n')
    .filter((line) => line !== '')
    .sort();
  assert.equal(expected.length, 8 * 2 * 2 + 2);
  assert.deepEqual(seen.sort(), expected);
  assert.equal((await readCommitted(kafka, TOPIC)).length, expected.length);
});

test('untilConsumed() waits for a group, and says where it is when it waits no longer', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  await kafka.createTopic({ topic: TOPIC, partitions: 2 });
  const messages = ['a', 'b', 'c'].map((value) => ({ key: null, value: Buffer.from(value), partition: 1 }));
  await produce(kafka, TOPIC, messages);
  const ends = await endOffsets(kafka, [TOPIC]);
  const wait = { groupId: 'group', ends, limitMs: 500 };
  await assert.rejects(untilConsumed(kafka, wait), /records\/1 is at 0 of 3/);
  await kafka.withAdmin((admin) =>
    admin.setOffsets({ groupId: 'group', topic: TOPIC, partitions: [{ partition: 1, offset: '3' }] }),
  );
  await untilConsumed(kafka, wait);
});
