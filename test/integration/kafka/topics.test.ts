import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { OutRecord } from '../../../streams/kafka/partition-input.ts';
import { readMessage, readTopic } from '../../../streams/kafka/read-topic.ts';
import type { TopicSpan } from '../../../streams/kafka/read-topic.ts';
import { TopicAdmin } from '../../../streams/kafka/topic-admin.ts';
import { TopicWriter } from '../../../streams/kafka/topic-writer.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';

async function openAdmin(context: TestContext, connection: KafkaConnection): Promise<TopicAdmin> {
  const admin = await TopicAdmin.open(connection);
  context.after(() => admin.close());
  return admin;
}

async function valuesOf(connection: KafkaConnection, span: TopicSpan): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of readTopic(connection, span)) values.push(String(value));
  return values;
}

async function publish(
  connection: KafkaConnection,
  { transactionalId, records }: { transactionalId: string; records: readonly OutRecord[] },
): Promise<void> {
  const writer = await TopicWriter.open(connection, transactionalId);
  try {
    await writer.publish(records);
  } finally {
    await writer.close();
  }
}

function numbered(topic: string, count: number): { topic: string; key: string; value: Buffer }[] {
  return Array.from({ length: count }, (_, i) => ({ topic, key: `k${i % 7}`, value: Buffer.from(`v${i}`) }));
}

test('TopicAdmin creates, describes and resolves topics, and moves offsets', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const connection = connectionTo({ brokers: [...kafka.brokers], groupId: 'nightjar' });
  const admin = await openAdmin(context, connection);
  const three = { topics: ['ztf_20260101_programid1', 'ztf_20260102_programid1', 'other'], replicas: null };

  await context.test('createTopics() creates each once, whoever is first', async () => {
    const second = await openAdmin(context, connectionTo({ brokers: [...kafka.brokers] }));
    const created = await Promise.all(
      [admin, second].map((one) => one.createTopics({ ...three, partitions: 3 })),
    );
    assert.deepEqual(created.flat().sort(), [...three.topics].sort());
    assert.deepEqual(await admin.createTopics({ ...three, partitions: 5 }), []);
    assert.deepEqual(
      await admin.describeTopics(three.topics),
      new Map(three.topics.map((topic) => [topic, 3])),
    );
    const many = admin.createTopics({ topics: ['many'], partitions: 1, replicas: 3 });
    await assert.rejects(many, hasCode('CONFIG_INVALID', 'outputs.replicas'));
  });

  await context.test('describeTopics() names every topic that is missing', async () => {
    const asked = admin.describeTopics(['no-one', 'other', 'no-two', 'bad name']);
    await assert.rejects(asked, hasCode('TOPIC_NOT_FOUND', '"no-one"', '"no-two"', '"bad name"'));
  });

  await context.test('resolveTopics() takes patterns of whole names, and no internal topics', async () => {
    const pattern = 'ztf_\\d{8}_programid1';
    assert.deepEqual(await admin.resolveTopics({ topics: ['other'], pattern }), [...three.topics].sort());
    assert.deepEqual(await admin.resolveTopics({ topics: [], pattern: 'ztf' }), []);
    assert.deepEqual(await admin.resolveTopics({ topics: [], pattern: '__.*' }), []);
  });

  await context.test('TopicWriter publishes all or nothing, and readTopic() reads it', async () => {
    await publish(connection, { transactionalId: 'nightjar-once', records: numbered('other', 100) });
    const values = await valuesOf(connection, { topic: 'other' });
    assert.deepEqual(
      values.sort(),
      numbered('other', 100)
        .map(({ value }) => String(value))
        .sort(),
    );
    const withUnknown = [...numbered('other', 10), ...numbered('unknown', 1)];
    const publishing = publish(connection, { transactionalId: 'nightjar-once', records: withUnknown });
    await assert.rejects(publishing, hasCode('TOPIC_NOT_FOUND'));
    const first = await TopicWriter.open(connection, 'nightjar-once');
    const second = await TopicWriter.open(connection, 'nightjar-once');
    await assert.rejects(first.publish(numbered('other', 10)), hasCode('PARTITION_LOST'));
    await Promise.all([first.close(), second.close()]);
    assert.equal((await valuesOf(connection, { topic: 'other' })).length, 100);
  });

  await context.test('readTopic() reads a part, and readMessage() one', async () => {
    const bounds = await admin.bounds('other');
    const own = bounds.find(({ begin, end }) => end - begin > 5n);
    assert.ok(own !== undefined);
    const from = new Map([[own.partition, own.begin + 1n]]);
    const to = new Map([[own.partition, own.begin + 4n]]);
    const part = await valuesOf(connection, { topic: 'other', partitions: [own.partition], from, to });
    assert.equal(part.length, 3);
    const position = { topic: 'other', partition: own.partition };
    const message = await readMessage(connection, { ...position, offset: own.begin + 1n });
    assert.equal(String(message?.value), part[0]);
    assert.equal(await readMessage(connection, { ...position, offset: own.end }), null);
    assert.equal(await readMessage(connection, { ...position, partition: 99, offset: 0n }), null);
    await assert.rejects(valuesOf(connection, { topic: 'unknown' }), hasCode('TOPIC_NOT_FOUND', '"unknown"'));
    const signal = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(valuesOf(connection, { topic: 'other', signal }), { message: 'stopped' });
  });

  await context.test('setCommitted() keeps metadata, and holds to what the partitions have', async () => {
    const groupId = 'nightjar';
    const bounds = await admin.bounds('other');
    const [first] = bounds;
    assert.ok(first !== undefined);
    await commitWithMetadata(connection, {
      topic: 'other',
      partition: 0,
      offset: first.end,
      metadata: '{"n":1}',
    });
    // The mark that ends the transaction is written a little later.
    await eventually('the offset', 10_000, async () =>
      (await admin.committed(groupId)).length === 1 ? true : null,
    );
    await admin.setCommitted(groupId, [{ topic: 'other', partition: 0, offset: first.begin }]);
    const committed = await admin.committed(groupId);
    assert.deepEqual(committed, [{ topic: 'other', partition: 0, offset: first.begin, metadata: '{"n":1}' }]);
    const beyond = [{ topic: 'other', partition: 0, offset: first.end + 1n }];
    await assert.rejects(admin.setCommitted(groupId, beyond), hasCode('OFFSET_INVALID', `${first.end + 1n}`));
    const nowhere = [{ topic: 'other', partition: 9, offset: 0n }];
    await assert.rejects(
      admin.setCommitted(groupId, nowhere),
      hasCode('OFFSET_INVALID', 'no such partition'),
    );
    assert.deepEqual(
      (await admin.offsetsAt('other', 0)).map(({ offset }) => offset),
      bounds.map(({ begin }) => begin),
    );
  });

  await context.test('setCommitted() refuses a group with members', async () => {
    const consumer = connection.client.consumer({ groupId: 'busy' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'other' });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await joined;
    assert.equal((await admin.members('busy')).length, 1);
    const setting = admin.setCommitted('busy', [{ topic: 'other', partition: 0, offset: 0n }]);
    await assert.rejects(setting, hasCode('OFFSET_INVALID', 'must be stopped', '"nightjar"'));
    await consumer.disconnect();
    assert.deepEqual(await admin.members('busy'), []);
    assert.deepEqual(await admin.members('never-there'), []);
    assert.deepEqual(await admin.committed('never-there'), []);
  });
});

async function commitWithMetadata(
  connection: KafkaConnection,
  own: { topic: string; partition: number; offset: bigint; metadata: string },
): Promise<void> {
  const producer = connection.createProducer({ transactionalId: 'with-metadata' });
  await producer.connect();
  const transaction = await producer.transaction();
  const partitions = [{ partition: own.partition, offset: String(own.offset), metadata: own.metadata }];
  await transaction.sendOffsets({
    consumerGroupId: connection.config.groupId,
    topics: [{ topic: own.topic, partitions }],
  });
  await transaction.commit();
  await producer.disconnect();
}

test('readTopic() shows nothing of aborted transactions that overlap', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const connection = connectionTo({ brokers: [...kafka.brokers] });
  await kafka.createTopic({ topic: 'out' });
  const producers = ['a', 'b', 'c'].map((transactionalId) => connection.createProducer({ transactionalId }));
  await Promise.all(producers.map((producer) => producer.connect()));
  const [a, b, c] = await Promise.all(producers.map((producer) => producer.transaction()));
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const send = (transaction: typeof a, value: string): Promise<unknown> =>
    transaction.send({ topic: 'out', messages: [{ key: Buffer.alloc(4), value }] });
  // The first to begin is the last to be aborted, so that the brokers name it last.
  await send(a, 'aborted a1');
  await send(b, 'aborted b1');
  await send(a, 'aborted a2');
  await send(c, 'committed c1');
  await send(b, 'aborted b2');
  await b.abort();
  await send(a, 'aborted a3');
  await a.abort();
  await send(c, 'committed c2');
  await c.commit();
  const admin = await openAdmin(context, connection);
  // Seven records, and three marks that end transactions, which are written a little later.
  await eventually('the marks', 10_000, async () =>
    (await admin.bounds('out'))[0]?.end === 10n ? true : null,
  );
  await Promise.all(producers.map((producer) => producer.disconnect()));
  const expected = ['committed c1', 'committed c2'];
  assert.deepEqual(await valuesOf(connection, { topic: 'out' }), expected);
  // The marks are written when the brokers come to it, so only a look tells where the messages lie.
  const offsets: bigint[] = [];
  for await (const { offset } of readTopic(connection, { topic: 'out' })) offsets.push(offset);
  for (let begin = 1n; begin < 10n; begin++) {
    const values = await valuesOf(connection, { topic: 'out', from: new Map([[0, begin]]) });
    const remaining = expected.filter((_, i) => (offsets[i] ?? 0n) >= begin);
    assert.deepEqual(values, remaining, `from offset ${begin}`);
  }
  const seen: string[] = [];
  const consumer = connection.client.consumer({ groupId: 'reader' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'out', fromBeginning: true });
  const done = new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: ({ message }) => {
        seen.push(String(message.value));
        if (seen.at(-1) === 'committed c2') resolve();
        return Promise.resolve();
      },
    });
  });
  await done;
  await consumer.disconnect();
  assert.deepEqual(seen, expected);
});

test('rights that are missing, and messages that are too large, are one line each', async (context) => {
  const kafka = await startKafka(context, { security: true });
  if (kafka === null) return;
  await kafka.createTopic({ topic: 'small', config: { 'max.message.bytes': '2000' } });
  await kafka.createTopic({ topic: 'secret' });
  const login = { mechanism: 'scram-sha-512', username: 'reader', password: 'reader-secret' } as const;
  const brokers = [...kafka.listeners.saslPlaintext];
  const connection = connectionTo({ brokers, sasl: login, groupId: 'nightjar' });
  const open = connectionTo({ brokers: [...kafka.brokers] });
  const admin = await openAdmin(context, connection);
  await kafka.allow({
    user: 'reader',
    kind: 'topic',
    name: 'small',
    operations: ['READ', 'WRITE', 'DESCRIBE'],
  });

  await context.test('a topic that may not be seen', async () => {
    await assert.rejects(
      admin.describeTopics(['small', 'secret']),
      hasCode('TOPIC_FORBIDDEN', '"secret"', '"reader"'),
    );
    await assert.rejects(valuesOf(connection, { topic: 'secret' }), hasCode('TOPIC_FORBIDDEN', '"secret"'));
    const creating = admin.createTopics({ topics: ['new'], partitions: 1, replicas: null });
    await assert.rejects(creating, hasCode('TOPIC_FORBIDDEN', '"new"'));
    assert.equal(await admin.messageBytesMax('small'), null);
    assert.equal(await (await openAdmin(context, open)).messageBytesMax('small'), 2000);
  });

  await context.test('a group, and a transactional id', async () => {
    await assert.rejects(admin.committed('nightjar'), hasCode('TOPIC_FORBIDDEN', '"nightjar"'));
    await assert.rejects(admin.members('nightjar'), hasCode('TOPIC_FORBIDDEN', '"nightjar"'));
    const publishing = publish(connection, { transactionalId: 'mine', records: numbered('small', 1) });
    await assert.rejects(publishing, hasCode('TOPIC_FORBIDDEN', '"mine"', '"reader"'));
  });

  await context.test('a topic that may be read, and not written', async () => {
    await kafka.allow({
      user: 'reader',
      kind: 'transactionalId',
      name: 'min*',
      operations: ['WRITE', 'DESCRIBE'],
    });
    await kafka.allow({ user: 'reader', kind: 'topic', name: 'secret', operations: ['DESCRIBE'] });
    const publishing = publish(connection, { transactionalId: 'mine', records: numbered('secret', 1) });
    await assert.rejects(publishing, hasCode('TOPIC_FORBIDDEN'));
  });

  await context.test('a message above the topic’s limit', async () => {
    const records = [{ topic: 'small', key: null, value: Buffer.alloc(5000) }];
    const publishing = publish(open, { transactionalId: 'large', records });
    await assert.rejects(publishing, hasCode('MESSAGE_TOO_LARGE', 'kafka.messageBytesMax'));
  });
});
