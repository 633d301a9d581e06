import type { DataSetObject } from '../../core/index.ts';
import { createSessionPool } from '../sessions/session-pool.ts';
import { TensorsSetWriter } from '../training/data/tensors-set-writer.ts';
import type { StoredObject } from '../training/data/tensors-set-writer.ts';
import type { ModalityRows } from '../training/data/training-set.ts';
import { prepareInWorkers } from './prepare-in-workers.ts';
import type { PreparationSettings, PreparedObject } from './prepare.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

export interface PrepareDataOptions {
  /** The file of tensors to write; its index lies beside it. */
  readonly file: string;
  readonly modalities: readonly ModalityRows[];
  readonly preparation: PreparationSettings;
  /** Names that labels number; those of the objects by default. */
  readonly classes?: readonly string[];
  /** Threads; the result does not depend on them. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** @param objects so far */
  readonly onProgress?: (objects: number) => void;
}

/** Objects that are in memory at a time. */
const CHUNK_OBJECTS = 128;

/**
 * Prepares the objects of a data set for training in the alerts profile, in their order: a file of tensors that
 * `TensorsSet` reads.
 *
 * @returns objects written
 * @throws PipelineError as the objects' source; OUTPUT_UNUSABLE, OUTPUT_NO_SPACE, INFERENCE_FAILED; the signal's reason
 */
export async function prepareAlertsData(
  objects: AsyncIterable<DataSetObject> | Iterable<DataSetObject>,
  { file, modalities, preparation, classes, workers, signal, onProgress }: PrepareDataOptions,
): Promise<number> {
  const pool = createSessionPool({ workers, device: 'cpu' });
  const writer = await TensorsSetWriter.create(file, modalities);
  try {
    for await (const chunk of chunksOf(objects, CHUNK_OBJECTS)) {
      signal.throwIfAborted();
      const prepared = await prepareInWorkers(
        pool,
        chunk.map(({ joined }) => joined),
        preparation,
      );
      for (const [i, object] of chunk.entries())
        await writer.append(storedObject(object, prepared[i]!, preparation.photometry.tokensMax));
      onProgress?.(writer.rows);
    }
    if (writer.rows > 0) await writer.finish(classes);
    return writer.rows;
  } finally {
    await writer.discard();
    await pool.close();
  }
}

function storedObject(
  { objectId, className, split, joined: { lightCurve } }: DataSetObject,
  prepared: PreparedObject,
  tokensMax: number,
): StoredObject {
  const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
  if (lightCurve.points.length > 0) {
    const tokens = new Float32Array(tokensMax * TOKEN_INPUTS.length);
    tokens.set(prepared.tokens);
    const mask = new Float32Array(tokensMax).fill(1, 0, prepared.tokenCount);
    Object.assign(inputs, { tokens, tokens_mask: mask, globals: Float32Array.from(prepared.globals) });
  }
  if (prepared.spectrum !== null) inputs['spectra'] = Float32Array.from(prepared.spectrum);
  if (prepared.metadata !== null) inputs['metadata'] = Float32Array.from(prepared.metadata);
  return { objectId, className, split, survey: lightCurve.survey, inputs };
}

async function* chunksOf<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
