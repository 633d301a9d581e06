import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, loadConfig } from '../../core/index.ts';
import { Stages } from '../../pipeline/stages.ts';
import type { PacketBatch } from '../../pipeline/stages.ts';
import { Scorer } from '../../pipeline/scorer.ts';
import type { ObjectStore } from '../../streams/index.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

interface NumberedBatch extends PacketBatch {
  readonly number: number;
}

/** Stages over a store that is never asked for anything: the batches hold no packets. */
function stagesOf(batchesInFlightMax: number): { stages: Stages; metrics: Metrics } {
  const metrics = new Metrics();
  const config = loadConfig(null, { pipeline: { batchesInFlightMax } });
  const store = { merge: () => Promise.resolve([]) } as Partial<ObjectStore> as ObjectStore;
  const scorer = new Scorer({
    embed: () => Promise.resolve([]),
    detectors: {},
    catalogue: null,
    release: 'none',
    metrics,
  });
  return { stages: new Stages({ config, store, scorer, clock: new FakeClock(), metrics }), metrics };
}

function numbered(count: number): (place: () => Promise<void>) => Promise<NumberedBatch | null> {
  let given = 0;
  return async (place) => {
    await place();
    return given < count ? { packets: [], number: given++ } : null;
  };
}

async function inFlight(metrics: Metrics): Promise<string | undefined> {
  return /^nightjar_pipeline_batches_in_flight (\S+)$/m.exec(await metrics.exposition())?.[1];
}

test('Stages.run() brings every batch to its end, in order', async () => {
  const { stages, metrics } = stagesOf(2);
  const ended: number[] = [];
  await stages.run({
    pull: numbered(5),
    emit: ({ batch }) => {
      ended.push(batch.number);
      return Promise.resolve();
    },
  });
  assert.deepEqual(ended, [0, 1, 2, 3, 4]);
  assert.equal(await inFlight(metrics), '0');
});

test('Stages.run() takes no more batches of all sources together than it has places', async () => {
  const { stages } = stagesOf(2);
  let taken = 0;
  let most = 0;
  const source = {
    pull: numbered(10),
    emit: async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      taken--;
    },
  };
  const counted = (pull: typeof source.pull): typeof source.pull => {
    return async (place) => {
      const batch = await pull(place);
      if (batch !== null) most = Math.max(most, ++taken);
      return batch;
    };
  };
  await Promise.all([
    stages.run({ ...source, pull: counted(numbered(10)) }),
    stages.run({ ...source, pull: counted(numbered(10)) }),
  ]);
  assert.equal(taken, 0);
  assert.equal(most, 2);
});

test('Stages.run() gives the places of a source that failed to the others', async () => {
  const { stages, metrics } = stagesOf(1);
  const failing = stages.run({
    pull: numbered(3),
    emit: () => Promise.reject(new Error('emit broke')),
  });
  await assert.rejects(failing, /emit broke/);
  let ended = 0;
  await stages.run({
    pull: numbered(3),
    emit: () => {
      ended++;
      return Promise.resolve();
    },
  });
  assert.equal(ended, 3);
  assert.equal(await inFlight(metrics), '0');
});

test('Stages.run() brings the batches before a pull that fails to their end', async () => {
  const { stages, metrics } = stagesOf(2);
  const pull = numbered(2);
  const ended: number[] = [];
  let pulls = 0;
  const failing = stages.run({
    pull: async (place) => {
      if (++pulls <= 2) return await pull(place);
      await place();
      throw new Error('pull broke');
    },
    emit: async ({ batch }) => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      ended.push(batch.number);
    },
  });
  await assert.rejects(failing, /pull broke/);
  assert.deepEqual(ended, [0, 1]);
  assert.equal(await inFlight(metrics), '0');
});
