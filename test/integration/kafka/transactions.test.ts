import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutRecord } from '../../../streams/kafka/partition-input.ts';
import { TransactionalProducer, transactionClient } from '../../../streams/kafka/transactional-producer.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';
import {
  committedOffset,
  committedValues,
  copiedAll,
  copyTo,
  numbered,
  produce,
  quickConnection,
  startGroup,
} from './group-harness.ts';
import type { QuickConnection } from './group-harness.ts';

function recordsTo(topic: string, values: readonly string[]): OutRecord[] {
  return values.map((value) => ({ topic, key: value, value: Buffer.from(value) }));
}

async function openProducer(connection: QuickConnection, id: string): Promise<TransactionalProducer> {
  const producer = new TransactionalProducer(connection, transactionClient(connection), id);
  await producer.open();
  return producer;
}

async function topics(kafka: Kafka, ...names: readonly string[]): Promise<void> {
  for (const topic of names) await kafka.createTopic({ topic });
}

test('transactions of a consumer group', { timeout: 300_000 }, async (suite) => {
  const kafka = await startKafka(suite);
  if (kafka === null) return;

  await suite.test('a group copies topics in order, with offset and metadata', async (t) => {
    await kafka.createTopic({ topic: 'in-order', partitions: 3 });
    await topics(kafka, 'out-order');
    for (const partition of [0, 1, 2])
      await produce(kafka, 'in-order', numbered(`p${partition}`, 200), partition);
    const connection = quickConnection(kafka.brokers, 'order');
    const work = copyTo('out-order', { messagesMax: 50 });
    const group = startGroup(t, { connection, topics: ['in-order'], work });
    await copiedAll(kafka, 'order', 'in-order', [200, 200, 200]);
    await group.stop();
    const [values = []] = await committedValues(kafka, 'out-order');
    for (const partition of [0, 1, 2])
      assert.deepEqual(
        values.filter((value) => value.startsWith(`p${partition}-`)),
        numbered(`p${partition}`, 200),
      );
    assert.equal(values.length, 600);
    assert.deepEqual(await committedOffset(kafka, 'order', 'in-order', 1), {
      offset: '200',
      metadata: '200',
    });
  });

  await suite.test('a failed transaction shows no record and moves no offset', async () => {
    await topics(kafka, 'in-failed', 'out-failed');
    const producer = await openProducer(quickConnection(kafka.brokers, 'failed'), 'failed-in-failed-0');
    const at = (nextOffset: bigint, topic = 'in-failed') => [
      { topic, partition: 0, nextOffset, metadata: 'm' },
    ];
    await producer.commit(recordsTo('out-failed', ['good-1']), at(1n));
    await assert.rejects(
      producer.commit([...recordsTo('out-failed', ['bad']), ...recordsTo('not-there', ['bad'])], at(2n)),
      hasCode('TOPIC_NOT_FOUND'),
    );
    await producer.close();
    const next = await openProducer(quickConnection(kafka.brokers, 'failed'), 'failed-in-failed-0');
    await next.commit(recordsTo('out-failed', ['good-2']), at(2n));
    await next.commit([], at(3n));
    await next.commit([], at(4n));
    await next.close();
    assert.deepEqual(await committedValues(kafka, 'out-failed'), [['good-1', 'good-2']]);
    assert.deepEqual(await committedOffset(kafka, 'failed', 'in-failed'), { offset: '4', metadata: 'm' });
  });

  await suite.test('a producer is fenced by the next with its id, and nothing of it is seen', async () => {
    await topics(kafka, 'in-fenced', 'out-fenced');
    const offsets = (nextOffset: bigint, metadata: string) => [
      { topic: 'in-fenced', partition: 0, nextOffset, metadata },
    ];
    const zombie = await openProducer(quickConnection(kafka.brokers, 'fenced'), 'fenced-in-fenced-0');
    await zombie.commit(recordsTo('out-fenced', ['before']), offsets(1n, 'zombie'));
    const owner = await openProducer(quickConnection(kafka.brokers, 'fenced'), 'fenced-in-fenced-0');
    await assert.rejects(
      zombie.commit(recordsTo('out-fenced', ['zombie']), offsets(2n, 'zombie')),
      hasCode('PARTITION_LOST'),
    );
    await owner.commit(recordsTo('out-fenced', ['after']), offsets(2n, 'owner'));
    await assert.rejects(zombie.commit([], offsets(9n, 'zombie')), hasCode('PARTITION_LOST'));
    await Promise.all([zombie.close(), owner.close()]);
    assert.deepEqual(await committedValues(kafka, 'out-fenced'), [['before', 'after']]);
    assert.deepEqual(await committedOffset(kafka, 'fenced', 'in-fenced'), { offset: '2', metadata: 'owner' });
  });

  await suite.test('what a zombie commits after its successor has joined is not done again', async (t) => {
    await topics(kafka, 'in-late', 'out-late');
    await produce(kafka, 'in-late', numbered('v', 300), 0);
    const zombie = await openProducer(quickConnection(kafka.brokers, 'late'), 'late-in-late-0');
    const zombieCommits = (from: number, to: number) =>
      zombie.commit(recordsTo('out-late', numbered('v', to - from, from)), [
        { topic: 'in-late', partition: 0, nextOffset: BigInt(to), metadata: String(to) },
      ]);
    await zombieCommits(0, 100);

    // The successor joins and fetches, but its producer does not get through to the broker yet.
    const connection = quickConnection(kafka.brokers, 'late');
    const { clientConfig } = connection;
    const create = clientConfig.socketFactory;
    assert.ok(create !== undefined);
    let isOpen = false;
    const gated = {
      ...clientConfig,
      socketFactory: (args: Parameters<typeof create>[0]) => create(isOpen ? args : { ...args, port: 1 }),
    };
    const group = startGroup(t, {
      connection: { ...connection, clientConfig: gated },
      topics: ['in-late'],
      work: copyTo('out-late'),
    });
    await eventually('the successor to join', 20_000, () => (group.state().isMember ? true : null));
    await zombieCommits(100, 200);
    isOpen = true;
    await copiedAll(kafka, 'late', 'in-late', [300]);
    await group.stop();
    await zombie.close();
    assert.deepEqual(await committedValues(kafka, 'out-late'), [numbered('v', 300)]);
  });

  await suite.test('records beyond the limit of a send are cut, in one transaction', async (t) => {
    await kafka.createTopic({ topic: 'in-cut' });
    await kafka.createTopic({ topic: 'out-cut', config: { 'max.message.bytes': '120000' } });
    const values = numbered('v', 40).map((value) => value.padEnd(20_000, '.'));
    await produce(
      kafka,
      'in-cut',
      values.map((value) => Buffer.from(value)),
      0,
    );
    const group = startGroup(t, {
      connection: quickConnection(kafka.brokers, 'cut', { messageBytesMax: 100_000 }),
      topics: ['in-cut'],
      work: copyTo('out-cut', { messagesMax: 40 }),
    });
    await copiedAll(kafka, 'cut', 'in-cut', [40]);
    await group.stop();
    assert.deepEqual(await committedValues(kafka, 'out-cut'), [values]);
  });

  await suite.test('a record larger than a message may be ends the run with one line', async (t) => {
    await topics(kafka, 'in-large', 'out-large');
    await produce(kafka, 'in-large', ['small', 'x'.repeat(5000)], 0);
    const group = startGroup(t, {
      connection: quickConnection(kafka.brokers, 'large', { messageBytesMax: 4000 }),
      topics: ['in-large'],
      work: copyTo('out-large'),
    });
    await assert.rejects(group.ended, hasCode('MESSAGE_TOO_LARGE'));
    assert.deepEqual(await committedValues(kafka, 'out-large'), [[]]);
  });

  await suite.test('the lag of a topic that is written in transactions comes to zero', async (t) => {
    await topics(kafka, 'in-markers', 'out-markers');
    const writer = kafka.client().producer({ transactionalId: 'writer', maxInFlightRequests: 1 });
    await writer.connect();
    const write = async (value: string, isCommitted: boolean): Promise<void> => {
      const transaction = await writer.transaction();
      await transaction.send({ topic: 'in-markers', messages: [{ value }] });
      await (isCommitted ? transaction.commit() : transaction.abort());
    };
    await write('aborted-1', false);
    await write('seen', true);
    await write('aborted-2', false);
    const group = startGroup(t, {
      connection: quickConnection(kafka.brokers, 'markers'),
      topics: ['in-markers'],
      work: copyTo('out-markers'),
    });
    // Three records and three markers.
    await eventually('the lag to be zero', 30_000, async () => {
      const { offset, metadata } = await committedOffset(kafka, 'markers', 'in-markers');
      return offset === '6' && metadata === '1' ? true : null;
    });
    await eventually('the lag to be told', 20_000, () =>
      group.state().partitions[0]?.lagMessages === 0n ? true : null,
    );
    await write('after', true);
    await copiedAll(kafka, 'markers', 'in-markers', [2]);
    await group.stop();
    await writer.disconnect();
    assert.deepEqual(await committedValues(kafka, 'out-markers'), [['seen', 'after']]);
  });
});
