import { Random } from '../../core/index.ts';
import {
  createSessionPool,
  float32Tensor,
  int64Tensor,
  PAPER_METADATA_COLUMNS,
  PAPER_MODALITIES,
  paperArchitectureSchema,
  paperGraphs,
  paperParameters,
  PHOTOMETRY_AUXILIARIES,
  preprocessPhotometry,
  preprocessSpectrum,
  sampledKeys,
  SPECTRUM_GRID,
  writeOnnx,
} from '../../model/index.ts';
import type { NamedTensors, PaperModality, PhotometryRows, SpectrumRows, Tensor } from '../../model/index.ts';
import { readCurves } from './curves.ts';
import { meanCallMs, takeFrom } from './stopwatch.ts';

// A fresh process of `bench -- embed`: CURVES_FILE BATCHES WARM_UP_MS COUNTED_MS ATTENTION(prob|full).

const [curvesFile = '', batchesText = '1', warmUpMs = '0', countedMs = '0', attention] =
  process.argv.slice(2);
const duration = { warmUpMs: Number(warmUpMs), countedMs: Number(countedMs) };
const architecture = paperArchitectureSchema.parse({ attention });
const model = { architecture, layout: 'corrected' } as const;
const figures: Record<string, number> = {};

const random = new Random('bench');
const rows = readCurves(curvesFile).curves.map(({ points }): PhotometryRows => ({
  timeDays: Float64Array.from(points, ({ mjdTai }) => mjdTai),
  flux: Float64Array.from(points, ({ fluxNjy }) => fluxNjy),
  fluxErr: Float64Array.from(points, ({ fluxErrNjy }) => fluxErrNjy),
}));
/** Samples of a LAMOST low-resolution spectrum, 3700 to 9100 Å in equal steps of log wavelength. */
const SPECTRUM_SAMPLES = 3909;
const spectra = rows.map((): SpectrumRows => {
  const noise = Float64Array.from({ length: SPECTRUM_SAMPLES }, () => random.normal());
  return {
    wavelengthAngstrom: noise.map((_, i) => 3700 * Math.exp((i * Math.log(9100 / 3700)) / SPECTRUM_SAMPLES)),
    flux: noise,
    fluxErr: noise.map((value) => 1 + value ** 2),
  };
});

interface PaperObject {
  readonly photometry: Float32Array;
  readonly mask: Float32Array;
  readonly spectra: Float32Array;
  readonly metadata: Float32Array;
}

function prepared(i: number): PaperObject {
  const [curve, spectrum] = [rows[i % rows.length], spectra[i % spectra.length]];
  if (curve === undefined || spectrum === undefined) throw new Error('Cannot measure as there are no curves');
  const auxiliary = new Float64Array(PHOTOMETRY_AUXILIARIES);
  const photometry = preprocessPhotometry(curve, { auxiliary, length: architecture.photometry.length });
  const spectrumTensor = preprocessSpectrum(spectrum);
  if (!photometry.ok) throw new Error(photometry.rejection.reason);
  if (!spectrumTensor.ok) throw new Error(spectrumTensor.rejection.reason);
  const metadata = Float32Array.from(PAPER_METADATA_COLUMNS, () => random.normal());
  return { ...photometry.value, spectra: spectrumTensor.value, metadata };
}

figures['preparationMs'] = await meanCallMs(prepared, duration);
const objects = rows.map((_, i) => prepared(i));

const { length, channels } = architecture.photometry;
const keys = sampledKeys(architecture.photometry);
const indexSample = int64Tensor(
  BigInt64Array.from({ length: length * keys }, () => BigInt(random.below(length))),
  [length, keys],
);

/** Inputs of each encoder, and the shape of one row of each. */
const INPUTS: {
  readonly [M in PaperModality]: Readonly<Partial<Record<keyof PaperObject, readonly number[]>>>;
} = {
  photometry: { photometry: [length, channels], mask: [length] },
  spectra: { spectra: [architecture.spectra.channels[0] ?? 0, SPECTRUM_GRID.samples] },
  metadata: { metadata: [architecture.metadata.inputs] },
};

function feedsOf(modality: PaperModality, batch: readonly PaperObject[]): NamedTensors {
  const feeds: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(INPUTS[modality])) {
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(batch.length * size);
    for (const [row, object] of batch.entries()) data.set(object[name as keyof PaperObject], row * size);
    feeds[name] = float32Tensor(data, [batch.length, ...shape]);
  }
  return modality === 'photometry' && attention === 'prob' ? { ...feeds, index_sample: indexSample } : feeds;
}

/** Normal weights over the square root of the inputs, so that activations stay of order 1. */
const weights = new Map<string, Tensor>(
  [...paperParameters(model)].map(([name, shape]) => {
    const inputs = shape.slice(1).reduce((product, side) => product * side, 1);
    const size = shape.reduce((product, side) => product * side, 1);
    const data = Float32Array.from({ length: size }, () => random.normal() / Math.sqrt(inputs));
    return [name, float32Tensor(data, shape)];
  }),
);
const graphs = paperGraphs(model);
const pool = createSessionPool({ workers: 1, device: 'cpu', intraOpThreads: 1 });
for (const modality of PAPER_MODALITIES) await pool.load(modality, writeOnnx(graphs[modality], weights));
let norms = 0;
for (const batch of batchesText.split(',').map(Number)) {
  let encoderMs = 0;
  for (const modality of PAPER_MODALITIES) {
    const batchMs = await meanCallMs(async (call) => {
      const feeds = feedsOf(modality, takeFrom(objects, call * batch, batch));
      const { embedding } = await pool.run(modality, feeds, { transfer: modality !== 'photometry' });
      if (embedding?.dtype === 'float32') norms += Math.hypot(...embedding.data) / Math.sqrt(batch);
    }, duration);
    figures[`${modality}EncoderMs.${batch}`] = batchMs / batch;
    encoderMs += batchMs / batch;
  }
  figures[`encoderMs.${batch}`] = encoderMs;
  figures[`embeddingsPerSecond.${batch}`] = 1000 / (figures['preparationMs'] + encoderMs);
}
await pool.close();
if (!(norms > 0)) throw new Error('Cannot measure as no embedding came back');
process.stdout.write(`${JSON.stringify(figures)}\n`);
