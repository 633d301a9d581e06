import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TopicMessage } from '../../../streams/kafka/partition-input.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import type { PartitionQueue } from '../../../streams/kafka/queue-budget.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

const ALL = { messagesMax: Infinity, bytesMax: Infinity };

/** Messages as a fetch brings them: each a part of one answer of so many bytes. */
function fetched(count: number, answerBytes: number): TopicMessage[] {
  const answer = new ArrayBuffer(answerBytes);
  return Array.from({ length: count }, () => topicMessage(Buffer.from(answer, 0, 1)));
}

function openQueue(budget: QueueBudget): { readonly queue: PartitionQueue; readonly changes: boolean[] } {
  const changes: boolean[] = [];
  return { queue: budget.open((isPaused) => changes.push(isPaused)), changes };
}

test('QueueBudget pauses a partition at its limit of messages, and lets it go on at half', () => {
  const budget = new QueueBudget({ queuePacketsMax: 4, queueBytesMax: 1000 });
  const { queue, changes } = openQueue(budget);
  queue.push(fetched(3, 1));
  assert.deepEqual(changes, []);
  queue.push(fetched(1, 1));
  assert.deepEqual([changes, budget.paused], [[true], 1]);
  queue.take({ ...ALL, messagesMax: 1 });
  assert.deepEqual(changes, [true]);
  queue.take({ ...ALL, messagesMax: 1 });
  assert.deepEqual([changes, budget.paused, budget.messages], [[true, false], 0, 2]);
});

test('QueueBudget pauses all partitions with messages at the limit of bytes, and none without', () => {
  const budget = new QueueBudget({ queuePacketsMax: 100, queueBytesMax: 1000 });
  const [first, second, idle] = [openQueue(budget), openQueue(budget), openQueue(budget)];
  first.queue.push(fetched(2, 400));
  second.queue.push(fetched(1, 600));
  assert.deepEqual([first.changes, second.changes, idle.changes], [[true], [true], []]);
  idle.queue.push(fetched(1, 10));
  assert.deepEqual(idle.changes, [true]);
  // Empty, so that it must get its next batch, although the others still hold too much.
  idle.queue.take(ALL);
  assert.deepEqual([idle.changes, first.changes], [[true, false], [true]]);
  second.queue.take(ALL);
  assert.deepEqual([first.changes, second.changes, budget.bytes], [[true, false], [true, false], 400]);
});

test('QueueBudget counts an answer until the last of its messages is taken, whoever has it', () => {
  const budget = new QueueBudget({ queuePacketsMax: 100, queueBytesMax: 10_000 });
  const [first, second] = [openQueue(budget).queue, openQueue(budget).queue];
  const answer = fetched(3, 500);
  first.push(answer.slice(0, 2));
  second.push(answer.slice(2));
  const tombstone = topicMessage(null, { key: Buffer.from(new ArrayBuffer(70)) });
  second.push([tombstone, topicMessage(null)]);
  assert.equal(budget.bytes, 570);
  first.take({ ...ALL, messagesMax: 1 });
  first.close();
  assert.deepEqual([budget.bytes, budget.messages], [570, 3]);
  second.clear();
  assert.deepEqual([budget.bytes, budget.messages], [0, 0]);
});

test('PartitionQueue.take() gives at least one message, and ends with the one that reaches the bytes', () => {
  const { queue } = openQueue(new QueueBudget({ queuePacketsMax: 100, queueBytesMax: 10_000 }));
  const sizes = [5, 0, 4, 9, 1];
  queue.push(sizes.map((size) => topicMessage(Buffer.alloc(size))));
  const take = (messagesMax: number, bytesMax: number): number[] =>
    queue.take({ messagesMax, bytesMax }).map(({ value }) => value?.length ?? -1);
  assert.deepEqual(take(10, 9), [5, 0, 4]);
  assert.deepEqual(take(10, 1), [9]);
  assert.deepEqual(take(0, 10), [1]);
  assert.deepEqual(take(10, 10), []);
});

test('PartitionQueue.push() takes as many small messages as a compressed batch can hold', () => {
  const { queue } = openQueue(new QueueBudget({ queuePacketsMax: 100, queueBytesMax: 10_000 }));
  queue.push(Array<TopicMessage>(300_000).fill(topicMessage('v')));
  assert.equal(queue.take(ALL).length, 300_000);
});

/** What is done to one of three queues. */
interface Step {
  readonly queue: number;
  /** Messages of a new answer; `null` to take. */
  readonly answer: { readonly count: number; readonly bytes: number } | null;
  readonly messagesMax: number;
}

test('QueueBudget knows at any time what waits, and never leaves a partition that waits for nothing paused', () => {
  const steps: fc.Arbitrary<Step> = fc.record({
    queue: fc.nat({ max: 2 }),
    answer: fc.option(
      fc.record({ count: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 1, max: 60 }) }),
    ),
    messagesMax: fc.integer({ min: 1, max: 6 }),
  });
  const limits = { queuePacketsMax: 8, queueBytesMax: 100 };
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (all) => {
      const budget = new QueueBudget(limits);
      const queues = [0, 1, 2].map(() => ({ ...openQueue(budget), waiting: [] as TopicMessage[] }));
      for (const { queue: i, answer, messagesMax } of all) {
        const own = queues[i];
        if (own === undefined) continue;
        if (answer === null) {
          assert.deepEqual(own.queue.take({ ...ALL, messagesMax }), own.waiting.splice(0, messagesMax));
        } else if (!own.queue.isPaused) {
          const messages = fetched(answer.count, answer.bytes);
          own.queue.push(messages);
          own.waiting.push(...messages);
        }
        const held = new Set(queues.flatMap(({ waiting }) => waiting.map(({ value }) => value?.buffer)));
        const bytes = [...held].reduce((sum, memory) => sum + (memory?.byteLength ?? 0), 0);
        assert.equal(budget.bytes, bytes);
        for (const { queue, waiting, changes } of queues) {
          assert.equal(queue.length, waiting.length);
          assert.equal(queue.isPaused, changes.at(-1) ?? false);
          const isOver = waiting.length >= limits.queuePacketsMax || bytes >= limits.queueBytesMax;
          const isUnder = waiting.length * 2 <= limits.queuePacketsMax && bytes * 2 <= limits.queueBytesMax;
          if (waiting.length === 0 || isUnder) assert.equal(queue.isPaused, false);
          else if (isOver) assert.equal(queue.isPaused, true);
        }
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
