import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Metrics, mjdTai, Random, type Embedding, type JoinedObject } from '../../core/index.ts';
import { initialiseModel, type InitialisedModel } from '../../model/alerts/initialise-model.ts';
import { DEFAULT_PREPARATION_SETTINGS } from '../../model/alerts/preparation-settings.ts';
import { createModelEmbedder, type Embedder } from '../../model/embedder.ts';
import { joinedObject, lightCurve, point, SOME_METADATA, someSpectrum } from '../helpers/joined-object.ts';

const PREPARATION = {
  ...DEFAULT_PREPARATION_SETTINGS,
  photometry: {
    tokensMax: 64,
    period: { ...DEFAULT_PREPARATION_SETTINGS.photometry.period, frequenciesMax: 1024 },
  },
};

/** Objects of all masks and of every length bucket, among them light curves longer than the encoder takes. */
const OBJECTS: readonly JoinedObject[] = Array.from({ length: 70 }, (_, i) =>
  joinedObject(1 + ((i * 37) % 90), {
    seed: i,
    metadata: i % 2 === 0 ? SOME_METADATA : {},
    spectrum: i % 3 === 0 ? someSpectrum(i) : null,
  }),
);

let model: InitialisedModel;
let embedder: Embedder;
const metrics = new Metrics();

before(async () => {
  const objects = OBJECTS.slice(0, 20).map((object, i) => ({ object, label: `class ${i % 4}` }));
  model = await initialiseModel({ seed: 7, objects, preparation: PREPARATION });
  embedder = await createModelEmbedder({ model, workers: 2, metrics });
});
after(() => embedder.close());

const embedOne = async (object: JoinedObject): Promise<Embedding> => {
  const [embedding] = await embedder.embed([object]);
  assert.ok(embedding !== undefined);
  return embedding;
};

function distance(a: Float32Array | null, b: Float32Array | null): number {
  assert.ok(a !== null && b !== null);
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
}

test('embed() gives one embedding per object, in order, with the mask of what it has', async () => {
  const embeddings = await embedder.embed(OBJECTS);
  assert.deepEqual(
    embeddings.map(({ mask }) => mask),
    OBJECTS.map(
      ({ metadata, spectrum }) => `P${'gaiaGMag' in metadata ? 'M' : ''}${spectrum === null ? '' : 'S'}`,
    ),
  );
  for (const { photometry, spectrum, metadata, mask } of embeddings) {
    assert.deepEqual([spectrum !== null, metadata !== null], [mask.includes('S'), mask.includes('M')]);
    for (const vector of [photometry, spectrum, metadata]) {
      // Float32 rounding of 128 squares.
      if (vector !== null) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
    }
  }
  assert.match(await metrics.exposition(), /embedded_objects_total\{mask="PMS"\} 12/);
});

test('embed() gives an object the same bits whatever it comes with', async () => {
  const together = await embedder.embed(OBJECTS);
  const order = new Random('batches').shuffled([...OBJECTS.keys()]);
  for (const size of [1, 3, 11, 70]) {
    for (let first = 0; first < Math.min(order.length, 4 * size); first += size) {
      const indices = order.slice(first, first + size);
      const embeddings = await embedder.embed(indices.flatMap((i) => OBJECTS[i] ?? []));
      assert.deepEqual(
        embeddings,
        indices.map((i) => together[i]),
      );
    }
  }
});

test('embed() agrees with the bank that the model was initialised with, bit for bit', async () => {
  const embeddings = await embedder.embed(OBJECTS.slice(0, 20));
  const rows = (vectorOf: (embedding: Embedding) => Float32Array | null): Float32Array =>
    Float32Array.from(embeddings.flatMap((embedding) => [...(vectorOf(embedding) ?? new Float32Array(128))]));
  assert.deepEqual(
    model.bank.photometry,
    rows((embedding) => embedding.photometry),
  );
  assert.deepEqual(
    model.bank.spectra,
    rows((embedding) => embedding.spectrum),
  );
  assert.deepEqual(
    model.bank.metadata,
    rows((embedding) => embedding.metadata),
  );
  assert.deepEqual(
    model.bank.masks,
    embeddings.map(({ mask }) => mask),
  );
});

test('embed() does not change with the order of points or a shift of all times', async () => {
  const object = joinedObject(50);
  const { points } = object.lightCurve;
  const withPoints = (changed: typeof points): JoinedObject => ({
    ...object,
    lightCurve: { ...object.lightCurve, points: changed },
  });
  const plain = await embedOne(object);
  assert.deepEqual(await embedOne(withPoints(new Random('order').shuffled(points))), plain);
  const shifted = await embedOne(withPoints(points.map((p) => ({ ...p, mjdTai: mjdTai(p.mjdTai + 333.3) }))));
  // A shift that float64 cannot hold exactly changes times by 1e-11 d.
  assert.ok(distance(shifted.photometry, plain.photometry) < 1e-5);
});

test('embed() embeds each modality from its own data alone', async () => {
  const bare = await embedOne(joinedObject(40));
  const full = await embedOne(joinedObject(40, { metadata: SOME_METADATA, spectrum: someSpectrum(1) }));
  assert.deepEqual(full.photometry, bare.photometry);
  const other = await embedOne(joinedObject(40, { metadata: SOME_METADATA, spectrum: someSpectrum(2) }));
  assert.deepEqual([other.photometry, other.metadata], [full.photometry, full.metadata]);
  assert.ok(distance(other.spectrum, full.spectrum) > 1e-3);
});

test('embed() sees metadata: one more field changes the metadata embedding, but for one that the model never saw', async () => {
  const [less, more, unseen] = await embedder.embed([
    joinedObject(40, { metadata: { gaiaGMag: 17 } }),
    joinedObject(40, { metadata: { gaiaGMag: 17, w1Mag: 15 } }),
    joinedObject(40, { metadata: { gaiaGMag: 17, jMag: 15 } }),
  ]);
  assert.ok(distance(less?.metadata ?? null, more?.metadata ?? null) > 1e-4);
  assert.deepEqual(unseen?.metadata, less?.metadata);
});

test('embed() takes no objects, a light curve without points, and hostile numbers', async () => {
  assert.deepEqual(await embedder.embed([]), []);
  const hostile = [
    [],
    [point(60_000, 0, { kind: 'upperLimit' })],
    Array.from({ length: 30 }, (_, i) => point(60_000 + i, (-1) ** i * 1e308, { fluxErrNjy: 1e-308 })),
  ];
  const embeddings = await embedder.embed(
    hostile.map((points) => ({ lightCurve: lightCurve(points), metadata: {}, spectrum: null })),
  );
  for (const { photometry, mask } of embeddings) {
    assert.equal(mask, 'P');
    assert.ok(Math.abs(Math.hypot(...photometry) - 1) < 1e-6);
  }
});

test('initialiseModel() gives the same model for the same seed, and another for another', async () => {
  const objects = OBJECTS.slice(0, 6).map((object) => ({ object, label: 'any' }));
  const initialise = (seed: number, workers: number): Promise<InitialisedModel> =>
    initialiseModel({ seed, objects, preparation: PREPARATION, workers });
  const [one, again, other] = [await initialise(1, 1), await initialise(1, 2), await initialise(2, 1)];
  assert.deepEqual(again, one);
  assert.notDeepEqual(other.bank.photometry, one.bank.photometry);
  assert.deepEqual(other.part, one.part);
});

test('embed() rejects after close(), which waits for what was asked before', async () => {
  const closing = await createModelEmbedder({ model, workers: 1 });
  const last = closing.embed(OBJECTS.slice(0, 5));
  await closing.close();
  assert.equal((await last).length, 5);
  await assert.rejects(closing.embed(OBJECTS.slice(0, 1)), { code: 'INFERENCE_FAILED' });
});

test('embed() rejects with the reason of an aborted signal', async () => {
  const reason = new Error('enough');
  await assert.rejects(embedder.embed(OBJECTS, AbortSignal.abort(reason)), reason);
});

test('embed() gives the same bits with and without what was kept, and wants nothing new kept', async () => {
  const objects = OBJECTS.filter(({ lightCurve }) => lightCurve.points.length > 30).slice(0, 4);
  const first = await embedder.embed(objects);
  const kept = objects.map((object, i) => ({ ...object, keptPeriods: first[i]?.periodsToKeep ?? null }));
  assert.ok(kept.some(({ keptPeriods }) => keptPeriods !== null));
  const again = await embedder.embed(kept);
  for (const [i, { periodsToKeep, ...embedding }] of again.entries()) {
    assert.equal(periodsToKeep, null);
    const { mask, photometry, spectrum, metadata } = first[i] ?? {};
    assert.deepEqual(embedding, { mask, photometry, spectrum, metadata });
  }
});
