import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hideAborted } from '../../../streams/kafka/hide-aborted.ts';
import type { FetchedMessage, FetchedPartition } from '../../../streams/kafka/hide-aborted.ts';

const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

type Step = readonly [producer: number, step: 'record' | 'plain' | 'abort' | 'commit'];

interface Log {
  readonly messages: readonly FetchedMessage[];
  /** In the order of the aborts, as brokers give them. */
  readonly aborted: readonly { readonly producerId: string; readonly first: number; readonly last: number }[];
  /** What a reader of committed messages may see. */
  readonly visible: ReadonlySet<number>;
}

/** A log as it comes about by steps of producers, and what became of each message: transactions left open are aborted. */
function logOf(steps: readonly Step[]): Log {
  const messages: FetchedMessage[] = [];
  const aborted: { producerId: string; first: number; last: number }[] = [];
  const visible = new Set<number>();
  const open = new Map<number, number[]>();
  const add = (
    producer: number,
    message: { key: Buffer; isControlRecord?: boolean; inTransaction: boolean },
  ): number => {
    const { inTransaction, ...rest } = message;
    // Past what a double can count.
    const offset = BASE + BigInt(messages.length);
    messages.push({
      offset: String(offset),
      ...rest,
      batchContext: { producerId: `${producer}`, inTransaction },
    });
    return messages.length - 1;
  };
  const end = (producer: number, isCommitted: boolean): void => {
    const own = open.get(producer);
    if (own === undefined) return;
    const last = add(producer, {
      key: isCommitted ? COMMIT : ABORT,
      isControlRecord: true,
      inTransaction: true,
    });
    if (isCommitted) for (const i of own) visible.add(i);
    else aborted.push({ producerId: `${producer}`, first: own[0] ?? 0, last });
    open.delete(producer);
  };
  for (const [producer, step] of steps) {
    // A user's key may look like the mark of an abort.
    if (step === 'plain') visible.add(add(producer, { key: ABORT, inTransaction: false }));
    else if (step === 'record')
      open.set(producer, [...(open.get(producer) ?? []), add(producer, { key: ABORT, inTransaction: true })]);
    else end(producer, step === 'commit');
  }
  for (const producer of [...open.keys()]) end(producer, false);
  return { messages, aborted, visible };
}

const BASE = 2n ** 60n;

/** What a broker answers to a fetch of [from, to), and which messages are shown of it. */
function shown({ messages, aborted }: Log, from: number, to: number): number[] {
  const own = messages.slice(from, to).map((message) => ({ ...message }));
  const partition: FetchedPartition = {
    messages: own,
    abortedTransactions: aborted
      .filter(({ first, last }) => last >= from && first < to)
      .map(({ producerId, first }) => ({ producerId, firstOffset: String(BASE + BigInt(first)) })),
  };
  hideAborted(partition);
  assert.deepEqual(partition.abortedTransactions, []);
  assert.deepEqual(
    own.map(({ offset }) => offset),
    messages.slice(from, to).map(({ offset }) => offset),
  );
  return own.flatMap(({ isControlRecord }, i) => (isControlRecord === true ? [] : [from + i]));
}

test('hideAborted() hides of any fetch from a log what was aborted, and no more', () => {
  const step = fc.tuple(
    fc.nat({ max: 3 }),
    fc.constantFrom('record', 'record', 'plain', 'abort', 'commit'),
  ) as fc.Arbitrary<Step>;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.nat({ max: 40 }),
      fc.nat({ max: 80 }),
      (steps, from, length) => {
        const log = logOf(steps);
        const window = [...log.visible].filter((i) => i >= from && i < from + length);
        assert.deepEqual(
          shown(log, from, from + length),
          window.sort((a, b) => a - b),
        );
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test('hideAborted() ends each of several transactions of one producer at its own mark', () => {
  const log = logOf([
    [1, 'record'],
    [2, 'record'],
    [1, 'abort'],
    [1, 'record'],
    [1, 'commit'],
    [1, 'record'],
    [2, 'abort'],
    [1, 'plain'],
    [1, 'abort'],
    [1, 'plain'],
  ]);
  assert.deepEqual(shown(log, 0, 10), [3, 7, 9]);
  assert.deepEqual(shown(log, 1, 10), [3, 7, 9]);
  assert.deepEqual(shown(log, 6, 10), [7, 9]);
});

test('hideAborted() leaves an answer without aborted transactions as it is', () => {
  const messages = [{ offset: '5', key: ABORT }];
  for (const partition of [{ messages }, { messages, abortedTransactions: [] }]) hideAborted(partition);
  assert.deepEqual(messages, [{ offset: '5', key: ABORT }]);
});
