import type { Embedding, ModalityMask } from '../../core/index.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import { float32Tensor, type Tensor } from '../tensor.ts';
import { bucketLength } from './length-buckets.ts';
import type { PreparedObject } from './prepare.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';
import { encodedWidth, quantileEncoded, type InputQuantiles } from '../quantile-encoding.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/** Names that the encoders are loaded under. */
export const MODEL_NAMES = {
  photometry: 'alerts/photometry',
  spectrum: 'alerts/spectrum',
  metadata: 'alerts/metadata',
} as const;

/** What embedding prepared objects depends on besides the weights; frozen in a release. */
export interface EmbeddingSettings {
  readonly dimensions: number;
  readonly tokensMax: number;
  readonly spectrumSamples: number;
  readonly statistics: { readonly globals: InputQuantiles; readonly metadata: InputQuantiles };
}

export type RunModel = (name: string, feeds: NamedTensors) => Promise<NamedTensors>;

/** Rows of one run. Measured: smaller batches cost up to 1.4 times as much an object, larger ones leave the cache. */
export const BATCH_ROWS_MAX = 16;
const SPECTRUM_ROWS_MAX = 8;

/**
 * Embeds objects, batched by length bucket. On the CPU a row's result has the same bits whatever the batch.
 *
 * @returns in order of `objects`
 * @throws Error if the weights give a vector that is not finite, or as `run` does
 */
export async function embedPrepared(
  objects: readonly PreparedObject[],
  settings: EmbeddingSettings,
  run: RunModel,
): Promise<readonly Embedding[]> {
  const photometry = await embedPhotometry(objects, settings, run);
  const spectrum = await embedRows(
    objects.map((object) => object.spectrum),
    {
      model: MODEL_NAMES.spectrum,
      input: 'spectra',
      output: 'spectra_embedding',
      shape: [SPECTRUM_INPUTS.length, settings.spectrumSamples],
      rowsMax: SPECTRUM_ROWS_MAX,
      dimensions: settings.dimensions,
    },
    run,
  );
  const { statistics, dimensions } = settings;
  const metadata = await embedRows(
    objects.map((object) =>
      object.metadata === null ? null : quantileEncoded(object.metadata, statistics.metadata),
    ),
    {
      model: MODEL_NAMES.metadata,
      input: 'metadata',
      output: 'metadata_embedding',
      shape: [encodedWidth(statistics.metadata.edges.length)],
      rowsMax: BATCH_ROWS_MAX,
      dimensions,
    },
    run,
  );
  return objects.map((_, i) => {
    const parts = { photometry: photometry[i]!, spectrum: spectrum[i]!, metadata: metadata[i]! };
    return { mask: maskOf(parts), ...parts };
  });
}

function maskOf({ metadata, spectrum }: Omit<Embedding, 'mask'>): ModalityMask {
  if (metadata === null) return spectrum === null ? 'P' : 'PS';
  return spectrum === null ? 'PM' : 'PMS';
}

async function embedPhotometry(
  objects: readonly PreparedObject[],
  settings: EmbeddingSettings,
  run: RunModel,
): Promise<readonly Float32Array[]> {
  const byLength = new Map<number, number[]>();
  for (const [i, { tokenCount }] of objects.entries()) {
    const length = bucketLength(tokenCount, settings.tokensMax);
    const indices = byLength.get(length) ?? [];
    indices.push(i);
    byLength.set(length, indices);
  }
  const embedded: Float32Array[] = [];
  for (const [length, indices] of byLength) {
    for (const batch of batches(indices, BATCH_ROWS_MAX)) {
      const feeds = photometryFeeds(
        batch.map((i) => objects[i]!),
        length,
        settings.statistics.globals,
      );
      const { photometry } = await run(MODEL_NAMES.photometry, feeds);
      for (const [row, vector] of rowsOf(photometry, batch.length, settings.dimensions).entries())
        embedded[batch[row]!] = vector;
    }
  }
  return embedded;
}

/** Inputs of the photometry encoder for objects of one bucket, padded with zeros at the end. */
function photometryFeeds(
  objects: readonly PreparedObject[],
  length: number,
  statistics: InputQuantiles,
): Record<'tokens' | 'tokens_mask' | 'globals', Tensor> {
  const width = TOKEN_INPUTS.length;
  const globalsWidth = encodedWidth(statistics.edges.length);
  const tokens = new Float32Array(objects.length * length * width);
  const mask = new Float32Array(objects.length * length);
  const globals = new Float32Array(objects.length * globalsWidth);
  for (const [row, object] of objects.entries()) {
    tokens.set(object.tokens, row * length * width);
    mask.fill(1, row * length, row * length + object.tokenCount);
    globals.set(quantileEncoded(object.globals, statistics), row * globalsWidth);
  }
  return {
    tokens: float32Tensor(tokens, [objects.length, length, width]),
    tokens_mask: float32Tensor(mask, [objects.length, length]),
    globals: float32Tensor(globals, [objects.length, globalsWidth]),
  };
}

interface RowModel {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly rowsMax: number;
  readonly dimensions: number;
}

/** Embeds rows of one size; a `null` row stays `null`. */
async function embedRows(
  rows: readonly (Float32Array | null)[],
  { model, input, output, shape, rowsMax, dimensions }: RowModel,
  run: RunModel,
): Promise<readonly (Float32Array | null)[]> {
  const embedded: (Float32Array | null)[] = rows.map(() => null);
  const present = rows.flatMap((row, i) => (row === null ? [] : [i]));
  const size = shape.reduce((product, side) => product * side, 1);
  for (const batch of batches(present, rowsMax)) {
    const data = new Float32Array(batch.length * size);
    for (const [row, i] of batch.entries()) data.set(rows[i]!, row * size);
    const outputs = await run(model, { [input]: float32Tensor(data, [batch.length, ...shape]) });
    for (const [row, vector] of rowsOf(outputs[output], batch.length, dimensions).entries())
      embedded[batch[row]!] = vector;
  }
  return embedded;
}

function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** The rows of a [rows, dimensions] output, each in an array of its own. */
function rowsOf(tensor: Tensor | undefined, rows: number, dimensions: number): readonly Float32Array[] {
  if (tensor?.dtype !== 'float32' || tensor.data.length !== rows * dimensions)
    throw new TypeError(
      `an encoder must give float32[${rows}, ${dimensions}]: ` +
        `current value is ${tensor === undefined ? 'nothing' : `${tensor.dtype}[${tensor.shape.join(', ')}]`}`,
    );
  if (!tensor.data.every(Number.isFinite))
    throw new RangeError("the release's weights give numbers that are not finite");
  return Array.from({ length: rows }, (_, row) =>
    tensor.data.slice(row * dimensions, (row + 1) * dimensions),
  );
}
