import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import type { PartitionProgress } from '../../../streams/kafka/partition-input.ts';
import { settleStart } from '../../../streams/kafka/start-offsets.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { WaitingClock } from '../../helpers/waiting-clock.ts';
import { fakeConnection, FakeKafka, fakePositions } from './fake-kafka.ts';

const FENCE = ['g-start: connect', 'g-start: begin', 'g-start: abort'];

/** What happens when a group settles its start, where its offsets are these. */
async function settled(
  source: Parameters<typeof settleStart>[1],
  {
    committed = {},
    before = () => undefined,
  }: {
    readonly committed?: Readonly<Record<string, PartitionProgress>>;
    readonly before?: (event: string) => void;
  } = {},
): Promise<string[]> {
  const kafka = new FakeKafka();
  kafka.before = before;
  await settleStart(
    {
      connection: fakeConnection({ clock: new WaitingClock() }),
      client: kafka.client,
      positions: fakePositions({
        committed: async (topic) => {
          await kafka.ask(`read offsets in ${topic}`);
          return new Map([0, 1].map((partition) => [partition, committed[`${topic}/${partition}`] ?? null]));
        },
        bounds: async (topic) => {
          await kafka.ask(`read bounds of ${topic}`);
          return new Map([
            [0, { low: 1n, high: 10n }],
            [1, { low: 1n, high: 11n }],
          ]);
        },
        offsetsFrom: async (topic, timestampMs) => {
          await kafka.ask(`read offsets of ${topic} from ${timestampMs} ms`);
          return new Map([[1, 7n]]);
        },
      }),
    },
    source,
  );
  return kafka.events;
}

test('settleStart() commits the end of every partition in one transaction, after it has fenced who was at it', async () => {
  assert.deepEqual(await settled({ topics: ['a', 'b'], start: 'latest' }), [
    ...FENCE,
    'read offsets in a',
    'read offsets in b',
    'read bounds of a',
    'read bounds of b',
    'g-start: begin',
    'g-start: a/0 at 10 ""',
    'g-start: a/1 at 11 ""',
    'g-start: b/0 at 10 ""',
    'g-start: b/1 at 11 ""',
    'g-start: commit',
    'g-start: disconnect',
  ]);
});

test('settleStart() takes messages from a time on', async () => {
  const happened = await settled({ topics: ['a'], start: '2024-01-02T00:00:00Z' });
  assert.deepEqual(happened.slice(4), [
    'read offsets of a from 1704153600000 ms',
    'g-start: begin',
    'g-start: a/1 at 7 ""',
    'g-start: commit',
    'g-start: disconnect',
  ]);
});

test('settleStart() leaves a group alone that has an offset anywhere, and one that begins at the earliest', async () => {
  const committed = { 'b/1': { nextOffset: 0n, metadata: '' } };
  assert.deepEqual(await settled({ topics: ['a', 'b'], start: 'latest' }, { committed }), [
    ...FENCE,
    'read offsets in a',
    'read offsets in b',
    'g-start: disconnect',
  ]);
  assert.deepEqual(await settled({ topics: ['a'], start: 'earliest' }), []);
  assert.deepEqual(await settled({ topics: [], start: 'latest' }), []);
});

test('settleStart() commits nothing, and leaves, where brokers do not answer', async () => {
  const unreachable = new PipelineError('BROKER_UNREACHABLE', 'Cannot reach it');
  for (const at of ['g-start: abort', 'read offsets in a', 'read bounds of a', 'g-start: a/1 at 11 ""']) {
    const happened: string[] = [];
    const before = (event: string): void => {
      happened.push(event);
      if (event === at) throw unreachable;
    };
    await assert.rejects(
      settled({ topics: ['a'], start: 'latest' }, { before }),
      hasCode('BROKER_UNREACHABLE'),
      at,
    );
    assert.equal(happened.at(-1), 'g-start: disconnect');
    assert.ok(!happened.includes('g-start: commit'), at);
  }
});
