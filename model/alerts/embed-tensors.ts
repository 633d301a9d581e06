import { PipelineError } from '../../core/index.ts';
import type { EmbedProfileTensors } from '../embed-tensors.ts';
import { isFinite, tensorText } from '../releases/tensor-faults.ts';
import type { SafetensorsFile } from '../safetensors/reader.ts';
import { SafetensorsWriter } from '../safetensors/writer.ts';
import { createSessionPool, type SessionPool } from '../sessions/session-pool.ts';
import { float32Tensor, type Tensor, type TensorOf } from '../tensor.ts';
import { MODEL_NAMES } from './embed-prepared.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { loadEncoders } from './load-encoders.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import type { AlertsPart } from './release-schema.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/** Rows of one batch; see `embedPrepared`. */
const BATCH_ROWS = 16;

/** One encoder with the tensors that it is fed; `null` in a row's shape is any length. */
interface Encoder {
  readonly model: string;
  readonly output: string;
  /** Graph output that becomes `output`. */
  readonly result: string;
  readonly inputs: Readonly<Record<string, readonly (number | null)[]>>;
}

function encodersOf({ preprocessing }: AlertsPart): readonly Encoder[] {
  const { samples } = preprocessing.spectrum;
  return [
    {
      model: MODEL_NAMES.photometry,
      output: 'out.photometry',
      result: 'photometry',
      inputs: {
        tokens: [null, TOKEN_INPUTS.length],
        tokens_mask: [null],
        globals: [2 * GLOBAL_INPUTS.length],
      },
    },
    {
      model: MODEL_NAMES.spectrum,
      output: 'out.spectra',
      result: 'spectra_embedding',
      inputs: { spectra: [SPECTRUM_INPUTS.length, samples] },
    },
    {
      model: MODEL_NAMES.metadata,
      output: 'out.metadata',
      result: 'metadata_embedding',
      inputs: { metadata: [2 * METADATA_INPUTS.length] },
    },
  ];
}

/**
 * Embeds tensors with a release of the alerts profile.
 *
 * In, all float32, inputs in the order that the release's manifest lists: `in.tokens` [n, length, tokens] with
 * `in.tokens_mask` [n, length] (1 a point, 0 padding) and `in.globals` [n, 2 · globals] (standardised values, then a flag
 * for each: 1 where known); `in.spectra` [n, channels, samples]; `in.metadata` [n, 2 · metadata], as the globals. A modality
 * whose first tensor is not there is left out.
 *
 * Out: `out.photometry`, `out.spectra`, `out.metadata` [n, dimensions], unit rows, of the modalities that are there;
 * `out.mean`, their mean, not normalised again.
 */
export const embedAlertsTensors: EmbedProfileTensors<AlertsPart> = async (model, options) => {
  const { input, outFile, workers, signal, onProgress } = options;
  const { rows, encoders } = present(input, model.part);
  const outputs = [...encoders.map(({ output }) => output), 'out.mean'];
  const info = { dtype: 'float32', shape: [rows, model.part.architecture.dimensions] } as const;
  const pool = createSessionPool({ workers, device: 'cpu' });
  try {
    await loadEncoders(pool, model);
    const writer = await SafetensorsWriter.create(outFile, new Map(outputs.map((name) => [name, info])));
    try {
      for (let start = 0; start < rows; start += BATCH_ROWS * workers) {
        const end = Math.min(rows, start + BATCH_ROWS * workers);
        const work = batchStarts(start, end).map((first) =>
          embedBatch({ first, count: Math.min(BATCH_ROWS, end - first) }, { input, encoders, pool, writer }),
        );
        await allSettled(work);
        signal?.throwIfAborted();
        onProgress?.({ rows: end, total: rows });
      }
      await writer.finish();
    } catch (error) {
      await writer.discard();
      throw error;
    }
    return { rows, outputs };
  } finally {
    await pool.close();
  }
};

function batchStarts(start: number, end: number): readonly number[] {
  return Array.from({ length: Math.ceil((end - start) / BATCH_ROWS) }, (_, i) => start + i * BATCH_ROWS);
}

/** Waits for all, then fails with the first failure: none is still writing when the file is given up. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Rows {
  readonly first: number;
  readonly count: number;
}

async function embedBatch(
  { first, count }: Rows,
  context: {
    readonly input: SafetensorsFile;
    readonly encoders: readonly Encoder[];
    readonly pool: SessionPool;
    readonly writer: SafetensorsWriter;
  },
): Promise<void> {
  const { input, encoders, pool, writer } = context;
  const embeddings: TensorOf<'float32'>[] = [];
  for (const { model, inputs, output, result } of encoders) {
    const feeds: Record<string, Tensor> = {};
    for (const name of Object.keys(inputs))
      feeds[name] = await finiteRows(input, `in.${name}`, { first, count });
    const embedding = (await pool.run(model, feeds))[result];
    if (embedding?.dtype !== 'float32')
      throw new TypeError(`Cannot embed as encoder "${model}" must have a float32 output "${result}"`);
    await writer.writeRows(output, first, embedding);
    embeddings.push(embedding);
  }
  await writer.writeRows('out.mean', first, meanOf(embeddings));
}

async function finiteRows(input: SafetensorsFile, name: string, { first, count }: Rows): Promise<Tensor> {
  const rows = await input.readRows(name, first, count);
  if (isFinite(rows)) return rows;
  throw invalid(
    input,
    `the values of "${name}" must be finite: rows ${first} to ${first + count - 1} have others`,
  );
}

function meanOf(embeddings: readonly TensorOf<'float32'>[]): TensorOf<'float32'> {
  const shape = embeddings[0]?.shape ?? [];
  const mean = new Float32Array(embeddings[0]?.data.length ?? 0);
  for (let i = 0; i < mean.length; i++)
    mean[i] = embeddings.reduce((sum, { data }) => sum + data[i]!, 0) / embeddings.length;
  return float32Tensor(mean, shape);
}

/** The encoders whose inputs a file has, after its tensors have been found to fit the release and each other. */
function present(
  input: SafetensorsFile,
  part: AlertsPart,
): { readonly rows: number; readonly encoders: readonly Encoder[] } {
  const all = encodersOf(part);
  const encoders = all.filter(({ inputs }) => input.tensors.has(`in.${Object.keys(inputs)[0]!}`));
  const first = encoders[0]?.inputs;
  if (first === undefined) throw invalid(input, 'it has none of "in.tokens", "in.spectra" and "in.metadata"');
  const rows = input.tensors.get(`in.${Object.keys(first)[0]!}`)?.shape[0] ?? 0;
  if (rows === 0) throw invalid(input, `"in.${Object.keys(first)[0]!}" needs at least one row`);
  const length = input.tensors.get('in.tokens')?.shape[1] ?? 0;
  for (const { inputs } of encoders) {
    for (const [name, shape] of Object.entries(inputs)) {
      const wanted = tensorText({ dtype: 'float32', shape: [rows, ...shape.map((size) => size ?? length)] });
      const found = input.tensors.get(`in.${name}`);
      const current = found === undefined ? 'none' : tensorText(found);
      if (current !== wanted)
        throw invalid(input, `"in.${name}" must be ${wanted}: current value is ${current}`);
    }
  }
  if (encoders.includes(all[0]!) && (length < 1 || length > part.preprocessing.tokensMax))
    throw invalid(
      input,
      `"in.tokens" must have 1 to ${part.preprocessing.tokensMax} tokens a row: current value is ${length}`,
    );
  return { rows, encoders };
}

function invalid(input: SafetensorsFile, why: string): PipelineError {
  return new PipelineError('TENSORS_INVALID', `Cannot embed "${input.file}" as ${why}`);
}
