import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutRecord } from '../../../streams/kafka/partition-input.ts';
import { TransactionalProducer } from '../../../streams/kafka/transactional-producer.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { turn } from '../../helpers/turn.ts';
import { WaitingClock } from '../../helpers/waiting-clock.ts';
import { fakeConnection, FakeKafka } from './fake-kafka.ts';

const OFFSET = { topic: 'in', partition: 3, nextOffset: 8n, metadata: 'm' };

function setUp(): {
  readonly clock: WaitingClock;
  readonly kafka: FakeKafka;
  readonly producer: TransactionalProducer;
} {
  const clock = new WaitingClock();
  const kafka = new FakeKafka();
  const connection = fakeConnection({ clock, kafka: { transactionTimeoutMs: 2000, messageBytesMax: 500 } });
  return { clock, kafka, producer: new TransactionalProducer(connection, kafka.client, 'id') };
}

function records(...values: readonly string[]): OutRecord[] {
  return values.map((value) => ({ topic: 'scores', key: null, value: Buffer.from(value) }));
}

test('TransactionalProducer.commit() sends the offset, then the records within the limit of a send', async () => {
  const { kafka, producer } = setUp();
  await producer.commit(
    [...records('a', 'b', 'c'), { ...records('d')[0], topic: 'late' } as OutRecord],
    [OFFSET],
  );
  assert.deepEqual(kafka.events, [
    'id: begin',
    'id: in/3 at 8 "m"',
    'id: scores a b c',
    'id: late d',
    'id: commit',
  ]);
});

test('TransactionalProducer.commit() begins nothing where a record is too large', async () => {
  const { kafka, producer } = setUp();
  await assert.rejects(
    producer.commit(records('a', 'b'.repeat(400)), [OFFSET]),
    hasCode('MESSAGE_TOO_LARGE'),
  );
  assert.deepEqual(kafka.events, []);
});

test('TransactionalProducer.commit() aborts where a partition did not answer, or answered twice', async () => {
  for (const answers of [
    (exact: readonly unknown[]) => exact.slice(1),
    (exact: readonly unknown[]) => [...exact, exact[0]],
  ]) {
    const { kafka, producer } = setUp();
    kafka.partitions = 2;
    kafka.answers = answers as NonNullable<typeof kafka.answers>;
    await assert.rejects(
      producer.commit(records('a', 'b'), [OFFSET]),
      hasCode('PARTITION_LOST', '"scores"', 'for 2 partitions'),
    );
    assert.equal(kafka.events.at(-1), 'id: abort');
    assert.ok(!kafka.events.includes('id: commit'));
  }
});

test('TransactionalProducer.commit() tries the offset again, after longer waits, until the transaction before is over', async () => {
  const { clock, kafka, producer } = setUp();
  const waitsMs = [5, 10, 20, 40, 80, 160, 320, 500];
  let refusals = waitsMs.length;
  kafka.before = (event) => {
    if (event.startsWith('id: in/3') && refusals-- > 0)
      throw Object.assign(new Error('Concurrent'), { type: 'CONCURRENT_TRANSACTIONS' });
  };
  const committed = producer.commit(records('a'), [OFFSET]);
  for (const waitMs of waitsMs) {
    await turn();
    // Beside it there is the limit of the whole.
    assert.deepEqual(clock.sleepsMs, [2000, waitMs]);
    clock.advance(waitMs);
  }
  await committed;
  assert.deepEqual(kafka.events, ['id: begin', 'id: in/3 at 8 "m"', 'id: scores a', 'id: commit']);
});

test('TransactionalProducer.commit() does not know the outcome where the end of a transaction is not answered', async () => {
  const { clock, kafka, producer } = setUp();
  kafka.before = (event) => (event === 'id: commit' ? new Promise(() => undefined) : undefined);
  const outcome = assert.rejects(
    producer.commit([], [OFFSET]),
    hasCode('PARTITION_LOST', 'outcome is not known'),
  );
  await turn();
  clock.advance(2000);
  await outcome;
  // What may have been committed is not aborted.
  assert.deepEqual(kafka.events, ['id: begin', 'id: in/3 at 8 "m"']);
});

test('TransactionalProducer.close() never rejects, and waits no longer than its limit', async () => {
  const { clock, kafka, producer } = setUp();
  kafka.before = () => Promise.reject(new Error('gone'));
  await producer.close();
  kafka.before = () => new Promise(() => undefined);
  const closed = producer.close();
  await turn();
  assert.deepEqual(clock.sleepsMs, [5000]);
  clock.advance(5000);
  await closed;
});
