import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ConfigInput } from '../../../core/index.ts';
import { PipelineError, rejected } from '../../../core/index.ts';
import { partitionCounts } from '../../../pipeline/service/partition-ledger.ts';
import { subscriptionsOf } from '../../../pipeline/service/subscriptions.ts';
import type { SubscriptionParts } from '../../../pipeline/service/subscriptions.ts';
import { retryHeaders } from '../../../streams/index.ts';
import type { PartitionWork } from '../../../streams/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { MemoryPartition } from '../../helpers/memory-partition.ts';
import { PartitionBench, scoresOf } from '../../helpers/partition-works.ts';
import { nonZero } from '../../helpers/replays.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';

const CONFIG: ConfigInput = {
  ...TOY_CONFIG,
  pipeline: { batchPackets: 2 },
  candidates: { scoreMin: 0.05 },
  sources: [
    { topics: ['toy'] },
    { topics: ['spectra'], kind: 'spectra' },
    { topics: ['context'], kind: 'metadata' },
  ],
};

const benches: PartitionBench[] = [];
after(async () => {
  for (const bench of benches) await bench.close();
});

/** The work of each topic, for an instance with a store of its own. */
async function worksOf(config: ConfigInput = CONFIG): Promise<(topic: string) => PartitionWork> {
  const bench = new PartitionBench(config);
  benches.push(bench);
  return worksBy(await bench.parts());
}

function worksBy(parts: SubscriptionParts): (topic: string) => PartitionWork {
  const subscriptions = subscriptionsOf(parts);
  return (topic) => {
    const subscription = subscriptions.find(({ topics }) => topics.includes(topic));
    assert.ok(subscription !== undefined, `${topic} is read`);
    return subscription.work;
  };
}

/** Two objects whose packets come in turns, one of them twice, one too early in time, and one that is no packet. */
function produceNight(partition: MemoryPartition): void {
  for (let i = 0; i < 6; i++) {
    partition.produce(toyPacket('a', 60_000 + i, { flux: 100 * (i + 1) }).bytes);
    partition.produce(toyPacket('b', 60_000 + ((i * 3) % 7), { flux: 7 * (i + 1), ra: 10 }).bytes);
  }
  partition.produce(toyPacket('a', 60_002, { flux: 300 }).bytes);
  partition.produce(Buffer.from('no packet'));
  partition.produce(null);
}

let uncut: MemoryPartition;
before(async () => {
  uncut = new MemoryPartition('toy');
  produceNight(uncut);
  await uncut.process((await worksOf())('toy'));
});

test('scorePartition() ends every packet once, with its records and its ledger', () => {
  const { records, nextOffset, metadata } = uncut.committed;
  assert.equal(nextOffset, 15n);
  assert.deepEqual(nonZero(partitionCounts(metadata)), {
    consumed: 15,
    scored: 10,
    held: 2,
    duplicate: 1,
    deadLettered: 2,
  });
  assert.equal(scoresOf(records).length, 10);
  assert.ok(scoresOf(records).some(({ cause }) => cause === 'late'));
  assert.equal(records.filter(({ topic }) => topic === 'nightjar.dead-letters').length, 2);
  const candidates = scoresOf(records, 'nightjar.candidates');
  assert.ok(candidates.length > 0 && candidates.length < 10);
  assert.ok(candidates.every(({ novelty }) => (novelty.detectors['knn'] ?? 0) >= 0.05));
});

test('scorePartition() gives the same records when each commit in turn is lost after the store was written', async () => {
  for (let commitsMax = 0; commitsMax < 8; commitsMax++) {
    const works = await worksOf();
    const partition = new MemoryPartition('toy');
    produceNight(partition);
    await assert.rejects(partition.process(works('toy'), { commitsMax }), hasCode('PARTITION_LOST'));
    assert.ok(partition.committed.nextOffset < 15n);
    await partition.process(works('toy'));
    assert.deepEqual(scoresOf(partition.committed.records), scoresOf(uncut.committed.records));
    assert.equal(partition.committed.metadata, uncut.committed.metadata);
    assert.equal(partition.committed.records.length, uncut.committed.records.length);
  }
});

test('forwardPartition() and scorePartition() together give what scorePartition() gives alone', async () => {
  const works = await worksOf({ ...CONFIG, service: { rekey: true } });
  const toy = new MemoryPartition('toy');
  produceNight(toy);
  await assert.rejects(toy.process(works('toy'), { commitsMax: 2 }), hasCode('PARTITION_LOST'));
  await toy.process(works('toy'));
  assert.deepEqual(nonZero(partitionCounts(toy.committed.metadata)), {
    consumed: 15,
    deadLettered: 2,
    forwarded: 13,
  });
  const alerts = new MemoryPartition('nightjar.alerts');
  for (const { topic, key, value } of toy.committed.records) {
    if (topic !== 'nightjar.alerts') continue;
    assert.match(key ?? '', /^toy\/[ab]$/);
    alerts.produce(value);
  }
  await alerts.process(works('nightjar.alerts'));
  assert.deepEqual(scoresOf(alerts.committed.records), scoresOf(uncut.committed.records));
});

test('joinPartition() scores the objects of a spectrum or a metadata record again, before or after their packets', async () => {
  const works = await worksOf();
  const [toy, spectra, context] = ['toy', 'spectra', 'context'].map((topic) => new MemoryPartition(topic));
  assert.ok(toy !== undefined && spectra !== undefined && context !== undefined);
  for (const objectId of ['a', 'c']) {
    const wavelengthAngstrom = Array.from({ length: 20 }, (_, i) => 4000 + 100 * i);
    const flux = wavelengthAngstrom.map((_, i) => 1 + (i % 3));
    spectra.produce(Buffer.from(JSON.stringify({ objectId, wavelengthAngstrom, flux, fluxErr: null })));
    context.produce(Buffer.from(JSON.stringify({ objectId, metadata: { hostRedshift: 0.25 } })));
  }
  spectra.produce(Buffer.from('{"objectId":"a"}'));
  toy.produce(toyPacket('a', 60_000).bytes);
  toy.produce(toyPacket('a', 60_001).bytes);
  await toy.process(works('toy'));
  await spectra.process(works('spectra'));
  await context.process(works('context'));
  toy.produce(toyPacket('c', 60_000).bytes);
  toy.produce(toyPacket('c', 60_001).bytes);
  await toy.process(works('toy'));
  assert.deepEqual(
    [toy, spectra, context].map(({ committed }) =>
      scoresOf(committed.records).map(({ objectId, cause, mask, revision }) => [
        objectId,
        cause,
        mask,
        revision,
      ]),
    ),
    [
      [
        ['a', 'alert', 'P', 2],
        ['c', 'alert', 'PS', 2],
      ],
      [['a', 'spectrum', 'PS', 3]],
      [['a', 'metadata', 'PS', 4]],
    ],
  );
  assert.deepEqual(nonZero(partitionCounts(spectra.committed.metadata)), {
    consumed: 3,
    scored: 1,
    held: 1,
    deadLettered: 1,
  });
  const [early, late] = scoresOf(toy.committed.records);
  const difference = (late?.novelty.detectors['knn'] ?? 0) - (early?.novelty.detectors['knn'] ?? 0);
  assert.ok(Math.abs(difference - 0.25) < 1e-5, 'the record that waited is joined');
});

test('retryPartition() scores a packet that is tried again once, and names where it came from', async () => {
  const works = await worksOf();
  const toy = new MemoryPartition('toy');
  toy.produce(toyPacket('a', 60_000).bytes);
  await toy.process(works('toy'));
  const retries = new MemoryPartition('nightjar.retries');
  const headers = retryHeaders({ topic: 'toy', partition: 3, offset: 77n });
  for (let i = 0; i < 2; i++) retries.produce(toyPacket('a', 60_001).bytes, { headers });
  await retries.process(works('nightjar.retries'));
  const scores = scoresOf(retries.committed.records);
  assert.equal(scores.length, 1);
  assert.deepEqual(scores[0]?.source, {
    topic: 'toy',
    partition: 3,
    offset: '77',
    retry: { topic: 'nightjar.retries', partition: 0, offset: '0' },
  });
  assert.deepEqual(nonZero(partitionCounts(retries.committed.metadata)), {
    consumed: 2,
    scored: 1,
    duplicate: 1,
  });
});

/** Every kind of work, each with a topic: packets that are forwarded, slim alerts, spectra, and what is tried again. */
const KINDS = { ...CONFIG, service: { rekey: true } };
const TOPICS = ['toy', 'nightjar.alerts', 'spectra', 'nightjar.retries'];

test('A failure of one partition leaves the others their places', async () => {
  const works = await worksOf({ ...KINDS, pipeline: { batchPackets: 2, batchesInFlightMax: 1 } });
  for (const topic of TOPICS) {
    const partition = new MemoryPartition(topic);
    produceNight(partition);
    await assert.rejects(partition.process(works(topic), { commitsMax: 0 }), PipelineError);
    await partition.process(works(topic));
    assert.equal(partition.committed.nextOffset, 15n, topic);
  }
});

test('Partitions of all kinds together take no more batches than there are places', async () => {
  const works = await worksOf({ ...KINDS, pipeline: { batchPackets: 2, batchesInFlightMax: 2 } });
  let taken = 0;
  let most = 0;
  const watched = (work: PartitionWork): PartitionWork => {
    return (input) =>
      work({
        ...input,
        take: async (limits) => {
          const messages = await input.take(limits);
          if (messages.length > 0) most = Math.max(most, ++taken);
          return messages;
        },
        commit: async (records, progress) => {
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
          await input.commit(records, progress);
          taken--;
        },
      });
  };
  const topics = ['toy', 'toy', 'nightjar.alerts', 'spectra', 'spectra', 'context'];
  const partitions = topics.map((topic) => new MemoryPartition(topic));
  for (const partition of partitions) produceNight(partition);
  await Promise.all(partitions.map((partition) => partition.process(watched(works(partition.topic)))));
  for (const { committed } of partitions) assert.equal(committed.nextOffset, 15n);
  assert.equal(taken, 0);
  assert.equal(most, 2);
});

/** Parts of an instance whose registry does not answer: messages of the text "id" need it, and are told by `asked`. */
async function partsInOutage(config: ConfigInput): Promise<{
  readonly bench: PartitionBench;
  readonly parts: SubscriptionParts;
  readonly asked: () => number;
}> {
  const bench = new PartitionBench({
    ...config,
    pipeline: { batchPackets: 4, batchesInFlightMax: 1 },
  });
  benches.push(bench);
  const parts = await bench.parts();
  let asked = 0;
  const silent = (value: Buffer | null): ReturnType<typeof rejected> | null => {
    if (value?.toString() !== 'id') return null;
    asked++;
    return rejected('REGISTRY_UNREACHABLE', 'Cannot find the schema');
  };
  return {
    bench,
    asked: () => asked,
    parts: {
      ...parts,
      decoder: {
        ...parts.decoder,
        packets: async (message, format) => {
          const [packet, ...others] = await parts.decoder.packets(message, format);
          assert.ok(packet !== undefined);
          return [{ ...packet, result: silent(message.value) ?? packet.result }, ...others];
        },
      },
      records: {
        record: async (message) => silent(message.value) ?? (await parts.records.record(message)),
      },
    },
  };
}

for (const [name, config, topic] of [
  ['scorePartition()', CONFIG, 'toy'],
  ['forwardPartition()', KINDS, 'toy'],
  ['joinPartition()', CONFIG, 'context'],
] as const)
  test(`${name} waits for the registry once for an outage, and holds no place meanwhile`, async () => {
    const { bench, parts, asked } = await partsInOutage(config);
    const works = worksBy(parts);
    const partition = new MemoryPartition(topic);
    const produced = (i: number): Buffer =>
      topic === 'toy'
        ? toyPacket('a', 60_000 + i).bytes
        : Buffer.from(JSON.stringify({ objectId: 'a', metadata: { hostRedshift: 0.25 } }));
    for (let i = 0; i < 6; i++) partition.produce(i % 2 === 0 ? produced(i) : Buffer.from('id'));
    const outage = bench.config.service.registryOutageMs;
    for (let waitedMs = 0; waitedMs < outage; waitedMs += outage / 4) {
      await assert.rejects(partition.process(works(topic)), hasCode('REGISTRY_UNREACHABLE'));
      // What came before is committed, and the one place is free for those that need no registry.
      assert.equal(partition.committed.nextOffset, 1n);
      const other = new MemoryPartition('spectra');
      other.produce(Buffer.from('{"objectId":"a"}'));
      await other.process(works('spectra'));
      assert.equal(other.committed.nextOffset, 1n);
      bench.clock.advance(outage / 4);
    }
    assert.equal(asked(), 4);
    const beforeMs = bench.clock.monotonicMs();
    await partition.process(works(topic));
    assert.equal(bench.clock.monotonicMs(), beforeMs);
    assert.equal(partition.committed.nextOffset, 6n);
    const { consumed, deadLettered } = partitionCounts(partition.committed.metadata);
    assert.deepEqual([consumed, deadLettered], [6, 3]);
  });
