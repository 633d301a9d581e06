import type { JoinedObject } from '../../core/index.ts';
import {
  alertsModelOf,
  createEmbedder,
  createSessionPool,
  embedPrepared,
  embeddingOf,
  loadEncoders,
  openRelease,
  preparationOf,
  prepareObject,
  tabulatedObject,
} from '../../model/index.ts';
import { simulateObjects } from '../../simulator/index.ts';
import { readCurves, stretched } from './curves.ts';
import { meanCallMs, takeFrom } from './stopwatch.ts';

// A fresh process of `bench -- embed`: CURVES_FILE BATCHES WARM_UP_MS COUNTED_MS JOINED(true|false).

/** Real packets of the newest surveys span weeks yet; the period search grows with the span. */
const YEAR_DAYS = 365;

const [curvesFile = '', batchesText = '1', warmUpMs = '0', countedMs = '0', isJoined] = process.argv.slice(2);
const duration = { warmUpMs: Number(warmUpMs), countedMs: Number(countedMs) };
const batches = batchesText.split(',').map(Number);
const { points, curves } = readCurves(curvesFile);
const objects = isJoined === 'true' ? withSimulatedContext() : bare();
const figures: Record<string, number> = {};

const release = await openRelease('default');
const model = alertsModelOf(release);

const preparation = preparationOf(model.part);
const tabulated = objects.map(tabulatedObject);
const prepared = tabulated.map((object) => prepareObject(object, preparation));
for (const { tokenCount } of prepared)
  if (tokenCount !== points)
    throw new Error(`Cannot measure ${points} points as the model sees ${tokenCount}`);
let globals = 0;
const prepare = (some: typeof tabulated) => (call: number) => {
  for (const object of takeFrom(some, call, 1)) globals += prepareObject(object, preparation).globals.length;
};
figures['preparationMs'] = await meanCallMs(prepare(tabulated), duration);
const overAYear = objects.map((object) =>
  tabulatedObject({ ...object, lightCurve: stretched(object.lightCurve, YEAR_DAYS) }),
);
figures['preparationYearMs'] = await meanCallMs(prepare(overAYear), duration);

const pool = createSessionPool({ workers: 1, device: 'cpu', intraOpThreads: 1 });
await loadEncoders(pool, model);
const settings = embeddingOf(model.part);
let norms = 0;
for (const batch of batches) {
  const batchMs = await meanCallMs(async (call) => {
    const some = takeFrom(prepared, call * batch, batch);
    const embeddings = await embedPrepared(some, settings, (name, feeds) => pool.run(name, feeds));
    norms += Math.hypot(...(embeddings[0]?.photometry ?? []));
  }, duration);
  figures[`encoderMs.${batch}`] = batchMs / batch;
}
await pool.close();

const embedder = await createEmbedder({ release, workers: 1 });
for (const batch of batches) {
  const batchMs = await meanCallMs(async (call) => {
    const embeddings = await embedder.embed(takeFrom(objects, call * batch, batch));
    norms += Math.hypot(...(embeddings[0]?.photometry ?? []));
  }, duration);
  figures[`embeddingsPerSecond.${batch}`] = (1000 * batch) / batchMs;
}
await embedder.close();
if (!(norms > 0 && globals > 0)) throw new Error('Cannot measure as no embedding came back');
process.stdout.write(`${JSON.stringify(figures)}\n`);

function bare(): readonly JoinedObject[] {
  return curves.map((lightCurve) => ({ lightCurve, metadata: {}, spectrum: null }));
}

/**
 * The light curves with metadata and spectra of simulated objects: what these cost does not depend on the
 * curve.
 */
function withSimulatedContext(): readonly JoinedObject[] {
  const options = { survey: 'ztf', seed: 'bench', count: 64, spectrumRatio: 1, catalogueRatio: 1 } as const;
  const known = [...simulateObjects(options)].filter(({ joined }) => joined.spectrum !== null);
  return curves.map((lightCurve, i) => {
    const context = known[i % known.length]?.joined;
    if (context === undefined) throw new Error('Cannot measure spectra as no simulated object has one');
    return { lightCurve, metadata: context.metadata, spectrum: context.spectrum };
  });
}
