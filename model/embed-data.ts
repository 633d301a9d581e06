import { PipelineError } from '../core/index.ts';
import type { Device } from '../core/index.ts';
import { EMBEDDING_OUTPUT, embeddingGraph, embeddingInputs } from './embedding-graph.ts';
import { writeOnnx } from './onnx/write-onnx.ts';
import { releaseEncoders } from './release-encoders.ts';
import type { Release } from './releases/release.ts';
import { createSessionPool } from './sessions/session-pool.ts';
import { TensorsSet } from './training/data/tensors-set.ts';

export interface EmbedDataOptions {
  readonly release: Release;
  /** A file of tensors as training takes it. */
  readonly dataFile: string;
  /** Numbers of the objects; all by default. */
  readonly rows?: readonly number[];
  /** Threads. */
  readonly workers: number;
  readonly device?: Device;
  readonly signal?: AbortSignal;
}

/** Unit embeddings of one modality. */
export interface ModalityEmbeddings {
  /** [objects × dimensions]; zeros where an object lacks the modality. */
  readonly vectors: Float32Array;
  /** [objects] */
  readonly present: readonly boolean[];
}

/** Embeddings of the objects of a file of tensors, in the order that was asked for. */
export interface EmbeddedData {
  readonly dimensions: number;
  readonly rows: readonly number[];
  /** By the name of the modality. */
  readonly modalities: Readonly<Record<string, ModalityEmbeddings>>;
}

const BATCH_ROWS = 16;

/**
 * Embeds objects of a file of tensors with a release of any profile.
 *
 * @throws PipelineError as `TensorsSet.open()` and `TensorsSet.read()`; INFERENCE_FAILED; the signal's reason
 */
export async function embedData({
  release,
  dataFile,
  rows: wanted,
  workers,
  device = 'cpu',
  signal,
}: EmbedDataOptions): Promise<EmbeddedData> {
  const { encoders, modalities, statistics, constants, dimensions } = releaseEncoders(release);
  const set = await TensorsSet.open(dataFile, { modalities, classes: null, statistics });
  const pool = createSessionPool({ workers, device });
  try {
    const rows = wanted ?? Array.from({ length: set.rows }, (_, row) => row);
    const embedded: Record<string, ModalityEmbeddings> = {};
    for (const encoder of encoders) {
      await pool.load(encoder.name, writeOnnx(embeddingGraph(encoder), release.weights));
      const own = set.present[encoder.name] ?? [];
      embedded[encoder.name] = {
        vectors: new Float32Array(rows.length * dimensions),
        present: rows.map((row) => own[row] === true),
      };
    }
    const embedBatch = async (first: number): Promise<void> => {
      signal?.throwIfAborted();
      const batch = rows.slice(first, first + BATCH_ROWS);
      const read = { ...(await set.read(batch)), ...constants };
      for (const encoder of encoders) {
        const { vectors, present } = embedded[encoder.name]!;
        if (!present.slice(first, first + batch.length).includes(true)) continue;
        const inputs = embeddingInputs(encoder).map((name) => [name, read[name]!] as const);
        const output = (await pool.run(encoder.name, Object.fromEntries(inputs)))[EMBEDDING_OUTPUT];
        if (output?.dtype !== 'float32')
          throw new TypeError(`Cannot embed as "${encoder.name}" must give float32`);
        for (let i = 0; i < batch.length; i++) {
          if (present[first + i] !== true) continue;
          const row = output.data.subarray(i * dimensions, (i + 1) * dimensions);
          if (!row.every(Number.isFinite))
            throw new PipelineError(
              'INFERENCE_FAILED',
              `Cannot embed "${dataFile}" as embeddings must be finite: ${encoder.name} of row ${batch[i]!} is not`,
            );
          vectors.set(row, (first + i) * dimensions);
        }
      }
    };
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < rows.length) {
        const first = next;
        next += BATCH_ROWS;
        await embedBatch(first);
      }
    };
    await Promise.all(Array.from({ length: workers + 1 }, lane));
    return { dimensions, rows, modalities: embedded };
  } finally {
    await pool.close();
    await set.close();
  }
}
