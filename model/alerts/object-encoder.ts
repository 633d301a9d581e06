import type { DataSetObject } from '../../core/index.ts';
import type { EncodedObject, ObjectEncoder, ProfileEncoderOptions } from '../object-encoder.ts';
import { createSessionPool, type SessionPool } from '../sessions/session-pool.ts';
import type { EmbedPayload } from './embed-task.ts';
import type { EncodedWithInputs } from './encode-task.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { loadEncoders, taskUrl } from './load-encoders.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import { tabulatedObject } from './prepare.ts';
import { embeddingOf, preparationOf, type AlertsPart } from './release-schema.ts';

const ENCODE_TASK = 'alerts/encode';
const TASK_OBJECTS_MAX = 32;

/**
 * An encoder of the `alerts` profile. Its features are the global inputs and the metadata inputs, before encoding.
 *
 * @throws PipelineError INFERENCE_FAILED if the runtime cannot open an encoder
 */
export async function createAlertsObjectEncoder({
  part,
  weights,
  workers,
  device = 'cpu',
}: ProfileEncoderOptions<'alerts'>): Promise<ObjectEncoder> {
  const pool = createSessionPool({ workers, device });
  try {
    await loadEncoders(pool, { part, weights });
    await pool.loadTask(ENCODE_TASK, taskUrl('encode-task'));
  } catch (error) {
    await pool.close();
    throw error;
  }
  return new AlertsObjectEncoder(pool, part);
}

class AlertsObjectEncoder implements ObjectEncoder {
  readonly dimensions: number;
  readonly featureNames = [...GLOBAL_INPUTS, ...METADATA_INPUTS].map(({ name }) => name);
  readonly #pool: SessionPool;
  readonly #settings: Omit<EmbedPayload, 'objects'>;

  constructor(pool: SessionPool, part: AlertsPart) {
    this.#pool = pool;
    this.#settings = { preparation: preparationOf(part), embedding: embeddingOf(part) };
    this.dimensions = part.architecture.dimensions;
  }

  async encode(objects: readonly DataSetObject[], signal?: AbortSignal): Promise<readonly EncodedObject[]> {
    const parts = Array.from({ length: Math.ceil(objects.length / TASK_OBJECTS_MAX) }, (_, i) =>
      objects.slice(i * TASK_OBJECTS_MAX, (i + 1) * TASK_OBJECTS_MAX),
    );
    return (await Promise.all(parts.map((part) => this.#encodePart(part, signal)))).flat();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #encodePart(
    objects: readonly DataSetObject[],
    signal: AbortSignal | undefined,
  ): Promise<readonly EncodedObject[]> {
    const tabulated = objects.map(({ joined }) => tabulatedObject(joined));
    const payload: EmbedPayload = { ...this.#settings, objects: tabulated };
    // The task's result, as its module declares it.
    const encoded = (await this.#pool.runTask(ENCODE_TASK, payload, signal)) as readonly EncodedWithInputs[];
    return encoded.map(({ embedding, globals, metadata }, i) => ({
      // The profile embeds an empty light curve too, as a constant that says nothing of the object.
      photometry: tabulated[i]!.photometry.mjdTai.length === 0 ? null : embedding.photometry,
      spectra: embedding.spectrum,
      metadata: embedding.metadata,
      features: featuresOf(globals, metadata),
    }));
  }
}

function featuresOf(globals: Float64Array, metadata: Float64Array | null): Float32Array {
  const features = new Float32Array(GLOBAL_INPUTS.length + METADATA_INPUTS.length).fill(NaN);
  features.set(globals);
  if (metadata !== null) features.set(metadata, GLOBAL_INPUTS.length);
  return features;
}
