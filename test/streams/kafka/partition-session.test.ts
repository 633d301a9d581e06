import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PipelineError } from '../../../core/index.ts';
import type { OutRecord, TopicMessage } from '../../../streams/kafka/partition-input.ts';
import { PartitionSession } from '../../../streams/kafka/partition-session.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import type { GroupOffset } from '../../../streams/kafka/transactional-producer.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { topicMessage } from '../../helpers/topic-message.ts';
import { turn } from '../../helpers/turn.ts';

const ALL = { messagesMax: 1000, bytesMax: 1_000_000 };

interface Commit {
  readonly records: readonly OutRecord[];
  readonly offsets: readonly GroupOffset[];
}

/** A session on partition 2 of "alerts" that begins at offset 10, and what its producer has committed. */
class SessionBench {
  readonly commits: Commit[] = [];
  readonly budget = new QueueBudget({ queuePacketsMax: 1000, queueBytesMax: 1_000_000 });
  readonly session: PartitionSession;
  /** What the producer does; by default, what it should. */
  commit: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.session = new PartitionSession({
      topic: 'alerts',
      partition: 2,
      begin: { nextOffset: 10n, metadata: 'begun' },
      queue: this.budget.open(() => undefined),
      producer: {
        commit: async (records, offsets) => {
          await this.commit();
          this.commits.push({ records, offsets });
        },
      },
    });
  }

  /** Offsets and metadata, as committed. */
  get committed(): readonly string[] {
    return this.commits.flatMap(({ offsets }) =>
      offsets.map(
        ({ topic, partition, nextOffset, metadata }) => `${topic}/${partition}@${nextOffset} ${metadata}`,
      ),
    );
  }

  /** A fetch of messages with these offsets. */
  fetch(
    fetchedOffset: bigint,
    offsets: readonly bigint[],
    nextOffset = (offsets.at(-1) ?? 0n) + 1n,
  ): boolean {
    return this.session.receive({ fetchedOffset, messages: offsets.map(message), nextOffset });
  }

  async taken(limits = ALL): Promise<readonly bigint[]> {
    return (await this.session.take(limits)).map(({ offset }) => offset);
  }

  /** Commits what was taken. */
  done(nextOffset: bigint, metadata = ''): Promise<void> {
    return this.session.commit([], { nextOffset, metadata });
  }
}

function message(offset: bigint): TopicMessage {
  return topicMessage(`v${offset}`, { offset });
}

test('PartitionSession.receive() takes what is new of a fetch that overlaps, and refuses one beyond the position', async () => {
  const bench = new SessionBench();
  assert.equal(bench.session.metadata, 'begun');
  assert.ok(bench.fetch(8n, [8n, 9n, 10n, 12n]));
  assert.equal(bench.fetch(14n, [14n, 15n]), false);
  assert.ok(bench.fetch(12n, [12n, 13n], 17n));
  assert.equal(bench.session.position, 17n);
  assert.ok(bench.fetch(10n, [10n, 11n]));
  assert.equal(bench.session.position, 17n);
  assert.ok(bench.fetch(17n, [17n]));
  assert.deepEqual(await bench.taken(), [10n, 12n, 13n, 17n]);
});

test('PartitionSession gives each message that was fetched once, in order, whatever overlaps', async () => {
  const fetches = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 10 })), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fetches, fc.integer({ min: 1, max: 7 }), async (all, messagesMax) => {
      const bench = new SessionBench();
      let end = 10n;
      for (const [begin, length] of all) {
        const offsets = Array.from({ length }, (_, i) => BigInt(begin + i));
        assert.equal(bench.fetch(BigInt(begin), offsets), BigInt(begin) <= end);
        const next = BigInt(begin + length);
        if (BigInt(begin) <= end && next > end) end = next;
        assert.equal(bench.session.position, end);
      }
      const taken: bigint[] = [];
      while (BigInt(taken.length) < end - 10n) taken.push(...(await bench.taken({ ...ALL, messagesMax })));
      assert.deepEqual(
        taken,
        taken.map((_, i) => 10n + BigInt(i)),
      );
    }),
    { seed: 1 },
  );
});

test('PartitionSession.available() and take() wait for the first message', async () => {
  const bench = new SessionBench();
  const seen: unknown[] = [];
  const waiting = [
    bench.session.available().then((is) => seen.push(is)),
    bench.taken().then((offsets) => seen.push(offsets)),
  ];
  bench.session.passTo(12n);
  await turn();
  assert.deepEqual(seen, []);
  bench.fetch(12n, [12n]);
  await Promise.all(waiting);
  assert.deepEqual(seen, [true, [12n]]);
});

test('PartitionSession.commit() commits one after the other, in the order of the calls', async () => {
  const bench = new SessionBench();
  bench.fetch(10n, [10n, 11n, 12n]);
  const gates: (() => void)[] = [];
  bench.commit = () => new Promise((resolve) => gates.push(resolve));
  const record = { topic: 'scores', key: null, value: Buffer.from('a') };
  const first = bench.session.commit([record], { nextOffset: 11n, metadata: 'one' });
  const second = bench.done(12n, 'two');
  await turn();
  assert.equal(gates.length, 1);
  gates[0]?.();
  await first;
  assert.deepEqual([bench.committed, bench.session.commits], [['alerts/2@11 one'], 1]);
  await turn();
  gates[1]?.();
  await second;
  assert.deepEqual(bench.commits[0]?.records, [record]);
  assert.deepEqual(bench.committed, ['alerts/2@11 one', 'alerts/2@12 two']);
  assert.deepEqual(bench.session.committed, { nextOffset: 12n, metadata: 'two' });
});

test('PartitionSession.commit() passes over what comes after the last message, and never goes back', async () => {
  const bench = new SessionBench();
  bench.fetch(10n, [10n, 11n], 15n);
  await bench.done(11n, 'a');
  await bench.done(12n, 'b');
  bench.fetch(15n, [15n, 16n], 18n);
  // Of what was there before, with other metadata.
  await bench.done(12n, 'c');
  await bench.done(16n, 'd');
  await bench.done(18n, 'e');
  assert.deepEqual(bench.committed, [
    'alerts/2@11 a',
    'alerts/2@15 b',
    'alerts/2@15 c',
    'alerts/2@16 d',
    'alerts/2@18 e',
  ]);
});

test('PartitionSession.commitIdle() commits what is no message, once, with the metadata as it was', async () => {
  const bench = new SessionBench();
  await bench.session.commitIdle();
  bench.session.passTo(12n);
  await Promise.all([bench.session.commitIdle(), bench.session.commitIdle()]);
  bench.fetch(12n, [12n], 14n);
  await bench.session.commitIdle();
  assert.deepEqual(bench.committed, ['alerts/2@12 begun']);
  await bench.done(13n, 'mine');
  bench.session.passTo(20n);
  await bench.session.commitIdle();
  await bench.session.commitIdle();
  assert.deepEqual(bench.committed, ['alerts/2@12 begun', 'alerts/2@14 mine', 'alerts/2@20 mine']);
  // Work that is at an older offset is still within what it may commit.
  await bench.done(13n, 'again');
  assert.equal(bench.committed.at(-1), 'alerts/2@20 again');
});

test('PartitionSession.commitIdle() leaves it to a commit that is under way', async () => {
  const bench = new SessionBench();
  bench.fetch(10n, [10n], 14n);
  const done = bench.done(11n, 'mine');
  await bench.session.commitIdle();
  await done;
  assert.deepEqual(bench.committed, ['alerts/2@14 mine']);
});

test('PartitionSession.commit() refuses offsets and metadata that cannot be, and ends', async () => {
  const wrong: readonly (readonly [(bench: SessionBench) => Promise<void>, RegExp])[] = [
    [(bench) => bench.done(9n), /from 10 to 12, .* current value is 9$/],
    [(bench) => bench.done(13n), /from 10 to 12, .* current value is 13$/],
    [(bench) => bench.done(11n, 'é'.repeat(2049)), /at most 4096 bytes: current value is 4098$/],
  ];
  for (const [commit, words] of wrong) {
    const bench = new SessionBench();
    bench.fetch(10n, [10n, 11n]);
    await assert.rejects(commit(bench), words);
    assert.ok(bench.session.signal.aborted);
    assert.throws(() => {
      bench.session.throwIfFailed();
    }, words);
    assert.deepEqual(bench.commits, []);
  }
  const bench = new SessionBench();
  bench.fetch(10n, [10n, 11n]);
  await bench.done(11n, 'é'.repeat(2048));
  assert.equal(bench.commits.length, 1);
});

test('PartitionSession ends with the first failure of a commit, and those behind it are not made', async () => {
  const bench = new SessionBench();
  bench.fetch(10n, [10n, 11n, 12n]);
  const failure = new PipelineError('BROKER_UNREACHABLE', 'Cannot commit');
  bench.commit = () => Promise.reject(failure);
  const [first, second, next] = await Promise.allSettled([
    bench.done(11n),
    bench.done(12n),
    bench.session.commitIdle(),
  ]);
  assert.deepEqual([first.status === 'rejected' && first.reason, next.status], [failure, 'fulfilled']);
  assert.ok(second.status === 'rejected' && hasCode('PARTITION_LOST', '"alerts"', ' 2 ')(second.reason));
  assert.deepEqual(await bench.taken(), []);
  assert.throws(
    () => {
      bench.session.throwIfFailed();
    },
    (error) => error === failure,
  );
  assert.deepEqual([bench.session.commits, bench.session.committed.nextOffset], [0, 10n]);
});

test('PartitionSession.drain() gives nothing more, and lets what was taken be committed', async () => {
  const bench = new SessionBench();
  bench.fetch(10n, [10n, 11n]);
  assert.deepEqual(await bench.taken({ ...ALL, messagesMax: 1 }), [10n]);
  bench.session.drain();
  assert.equal(bench.budget.messages, 0);
  assert.equal(await bench.session.available(), false);
  assert.ok(bench.fetch(12n, [12n]));
  assert.deepEqual([await bench.taken(), bench.budget.messages], [[], 0]);
  assert.equal(bench.session.signal.aborted, false);
  await bench.done(11n, 'drained');
  assert.deepEqual(bench.committed, ['alerts/2@11 drained']);
});

test('PartitionSession.end() wakes whoever waits, and is the loss of the partition, not a failure', async () => {
  const bench = new SessionBench();
  const waiting = Promise.all([bench.session.available(), bench.taken()]);
  bench.session.end();
  assert.deepEqual(await waiting, [false, []]);
  assert.ok(hasCode('PARTITION_LOST')(bench.session.signal.reason));
  await assert.rejects(bench.done(10n), hasCode('PARTITION_LOST', '"alerts"'));
  bench.session.throwIfFailed();
  assert.deepEqual(bench.commits, []);
});
