import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import kafkajs from 'kafkajs';
import { PipelineError, systemClock } from '../../../core/index.ts';
import { TransactionalProducer, transactionClient } from '../../../streams/kafka/transactional-producer.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { readCommitted } from '../../helpers/services/topics.ts';

interface Broker {
  readonly nodeId: string;
  readonly produce: (question: unknown) => Promise<unknown>;
}

const SLOW_MS = 300;
/** New brokers take a moment until they can hold a group's offsets. */
const ATTEMPTS_MAX = 10;

/** Of the next sends, the first that comes to a broker is refused at once, and those of the others take their time. */
function refuseOnce(context: TestContext): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/broker') as {
    readonly prototype: Broker;
  };
  const { produce } = prototype;
  let hasRefused = false;
  context.mock.method(prototype, 'produce', async function (this: Broker, question: unknown) {
    if (!hasRefused) {
      hasRefused = true;
      throw new kafkajs.KafkaJSError(`Broker ${this.nodeId} refuses`, { retriable: true });
    }
    await systemClock.sleep(SLOW_MS);
    return produce.call(this, question);
  });
}

test('records are there once after a broker has refused its part while others took theirs', async (context) => {
  const kafka = await startKafka(context, { brokers: 3 });
  if (kafka === null) return;
  await kafka.createTopic({ topic: 'in' });
  await kafka.createTopic({ topic: 'out', partitions: 6 });
  const connection = connectionTo({ brokers: [...kafka.brokers], groupId: 'group' });
  const records = Array.from({ length: 60 }, (_, i) => ({
    topic: 'out',
    key: `k${i}`,
    value: Buffer.from(`v${i}`),
  }));
  const offset = { topic: 'in', partition: 0, nextOffset: 0n, metadata: '' };
  refuseOnce(context);
  const messages: string[] = [];
  for (let isCommitted = false; !isCommitted && messages.length < ATTEMPTS_MAX;) {
    const producer = new TransactionalProducer(connection, transactionClient(connection), 'group-in-0');
    try {
      await producer.open();
      await producer.commit(records, [offset]);
      isCommitted = true;
    } catch (error) {
      assert.ok(error instanceof PipelineError, String(error));
      messages.push(error.message);
    } finally {
      await producer.close();
    }
  }
  assert.equal(messages.filter((message) => message.includes('refuses')).length, 1, messages.join('; '));
  const values = (await readCommitted(kafka, 'out')).map(({ value }) => String(value));
  assert.deepEqual(values.sort(), records.map(({ value }) => String(value)).sort());
});
