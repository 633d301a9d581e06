import { PipelineError } from '../core/index.ts';
import type { Device } from '../core/index.ts';
import { alertsEncoders } from './alerts/tensor-encoders.ts';
import { writeOnnx } from './onnx/write-onnx.ts';
import { paperEncoders } from './paper/tensor-encoders.ts';
import type { ManifestOf, Profile } from './releases/manifest.ts';
import type { Release } from './releases/release.ts';
import { isFiniteTensor } from './releases/tensor-faults.ts';
import type { SafetensorsFile } from './safetensors/reader.ts';
import { SafetensorsWriter } from './safetensors/writer.ts';
import { createSessionPool, type SessionPool } from './sessions/session-pool.ts';
import {
  encodersFor,
  feedsOf,
  type Rows,
  type TensorEncoder,
  type TensorEncoders,
} from './tensor-encoder.ts';
import { float32Tensor, type TensorOf, type Tensors } from './tensor.ts';

export interface EmbedTensorsOptions {
  readonly release: Release;
  /** Tensors named `in.…`, as the release's profile takes them; others are not looked at. */
  readonly input: SafetensorsFile;
  /** Gets `out.…`: whole, or not at all. */
  readonly outFile: string;
  /** Inference threads. */
  readonly workers: number;
  /** Where the model runs; `cpu` by default. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EmbedProgress) => void;
}

export interface EmbedProgress {
  readonly rows: number;
  readonly total: number;
}

export interface EmbedSummary {
  readonly rows: number;
  /** Names of the tensors written. */
  readonly outputs: readonly string[];
}

const ENCODERS: {
  readonly [P in Profile]: (
    model: { readonly part: ManifestOf<P>['model']; readonly weights: Tensors },
    input: SafetensorsFile,
  ) => TensorEncoders | Promise<TensorEncoders>;
} = { paper: paperEncoders, alerts: alertsEncoders };

/** The mean of an object's embeddings, over the modalities that are there. */
const MEAN_OUTPUT = 'out.mean';

/**
 * Embeds a file of tensors with a release, in batches, so that neither file need fit in memory.
 *
 * Out: float32 [n, dimensions] per modality that is there, unit rows, and `out.mean`, their mean, not normalised again.
 *
 * @throws PipelineError TENSORS_INVALID if an input is missing, of another type or shape, or not finite;
 *   INFERENCE_FAILED, also where an embedding is not finite; OUTPUT_UNUSABLE, OUTPUT_NO_SPACE; the signal's reason if it
 *   aborts
 */
export async function embedTensors(options: EmbedTensorsOptions): Promise<EmbedSummary> {
  const { release, input, outFile, workers, device = 'cpu', signal } = options;
  signal?.throwIfAborted();
  const { encoders: all, dimensions, batchRows } = await encodersOf(release.manifest, release.weights, input);
  const { rows, encoders } = encodersFor(input, all);
  const outputs = [...encoders.map(({ output }) => output), MEAN_OUTPUT];
  const info = { dtype: 'float32', shape: [rows, dimensions] } as const;
  const pool = createSessionPool({ workers, device });
  try {
    for (const { model, graph } of encoders) await pool.load(model, writeOnnx(graph, release.weights));
    const writer = await SafetensorsWriter.create(outFile, new Map(outputs.map((name) => [name, info])));
    try {
      await embedBatches({ ...options, rows, batchRows, encoders, pool, writer });
      signal?.throwIfAborted();
      await writer.finish();
    } catch (error) {
      await writer.discard();
      throw error;
    }
    return { rows, outputs };
  } finally {
    await pool.close();
  }
}

function encodersOf<P extends Profile>(
  { profile, model }: { readonly profile: P; readonly model: ManifestOf<P>['model'] },
  weights: Tensors,
  input: SafetensorsFile,
): TensorEncoders | Promise<TensorEncoders> {
  return ENCODERS[profile]({ part: model, weights }, input);
}

interface BatchContext extends EmbedTensorsOptions {
  readonly encoders: readonly TensorEncoder[];
  readonly pool: SessionPool;
  readonly writer: SafetensorsWriter;
}

/** Embeds all rows; one batch more is under way than there are threads, so that reading and writing do not hold them up. */
async function embedBatches(
  context: BatchContext & { readonly rows: number; readonly batchRows: number },
): Promise<void> {
  const { rows, batchRows, workers, onProgress } = context;
  let next = 0;
  let embedded = 0;
  const lane = async (): Promise<void> => {
    while (next < rows) {
      const batch = { first: next, count: Math.min(batchRows, rows - next) };
      next += batch.count;
      try {
        await embedBatch(batch, context);
      } catch (error) {
        // The other lanes end with what they have.
        next = rows;
        throw error;
      }
      embedded += batch.count;
      onProgress?.({ rows: embedded, total: rows });
    }
  };
  // All are waited for: none is still writing when the file is given up.
  const lanes = await Promise.allSettled(Array.from({ length: workers + 1 }, lane));
  const failed = lanes.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function embedBatch(
  rows: Rows,
  { encoders, input, pool, writer, signal }: BatchContext,
): Promise<void> {
  const embeddings: TensorOf<'float32'>[] = [];
  for (const encoder of encoders) {
    const feeds = await feedsOf(input, encoder, rows);
    const outputs = await pool.run(encoder.model, feeds, signal === undefined ? {} : { signal });
    const embedding = outputs[encoder.result];
    if (embedding?.dtype !== 'float32')
      throw new TypeError(
        `Cannot embed as "${encoder.model}" must have a float32 output "${encoder.result}"`,
      );
    if (!isFiniteTensor(embedding))
      throw new PipelineError(
        'INFERENCE_FAILED',
        `Cannot embed "${input.file}" as "${encoder.output}" must be finite: ` +
          `rows ${rows.first} to ${rows.first + rows.count - 1} give other numbers`,
      );
    await writer.writeRows(encoder.output, rows.first, embedding);
    embeddings.push(embedding);
  }
  await writer.writeRows(MEAN_OUTPUT, rows.first, meanOf(embeddings));
}

/** Elements summed in float64. @param embeddings at least one, of one shape */
function meanOf(embeddings: readonly TensorOf<'float32'>[]): TensorOf<'float32'> {
  const [first] = embeddings;
  if (first === undefined) throw new TypeError('Cannot average embeddings as there is none');
  const mean = first.data.map(
    (_, i) => embeddings.reduce((sum, { data }) => sum + data[i]!, 0) / embeddings.length,
  );
  return float32Tensor(mean, first.shape);
}
