import {
  MODALITY_MASKS,
  type Device,
  type EmbeddedObject,
  type JoinedObject,
  type Metrics,
} from '../core/index.ts';
import type { EmbedPayload } from './alerts/embed-task.ts';
import { loadEncoders, taskUrl, type AlertsModel } from './alerts/load-encoders.ts';
import { tabulatedObject } from './alerts/prepare.ts';
import { alertsModelOf } from './alerts/release.ts';
import { embeddingOf, preparationOf, type AlertsPart } from './alerts/release-schema.ts';
import type { Release } from './releases/release.ts';
import { createSessionPool, type SessionPool } from './sessions/session-pool.ts';

/** Turns objects into embeddings under one release. */
export interface Embedder {
  /** Length of an embedding's vectors. */
  readonly dimensions: number;
  /**
   * Embeds objects: on the CPU the same object gives the same bits, whatever comes with it, on a GPU the same numbers
   * within 1e-4.
   *
   * @returns in order of `objects`
   * @throws PipelineError INFERENCE_FAILED if a worker fails; the signal's reason if it aborts
   */
  embed(objects: readonly JoinedObject[], signal?: AbortSignal): Promise<readonly EmbeddedObject[]>;
  /** Takes nothing new, waits for what was asked before, and ends the threads. */
  close(): Promise<void>;
}

export interface EmbedderOptions {
  /** Of the profile `alerts`. */
  readonly release: Release;
  /** Threads that prepare objects and run the model. */
  readonly workers: number;
  /** Where the model runs, `cpu` by default; the bits of an embedding are those of its device. */
  readonly device?: Device;
  readonly metrics?: Metrics | null;
}

export type ModelEmbedderOptions = Omit<EmbedderOptions, 'release'> & { readonly model: AlertsModel };

const EMBED_TASK = 'alerts/embed';

/** Objects of one task: enough to fill batches of a length bucket, few enough that workers share a micro-batch. */
const TASK_OBJECTS_MAX = 32;

/**
 * Starts the workers and loads a release's encoders into them.
 *
 * @throws PipelineError RELEASE_INVALID if the release is of another profile; INFERENCE_FAILED if the runtime cannot open
 *   an encoder
 * @example
 * const release = await openRelease('default');
 * const embedder = await createEmbedder({ release, workers: 1, metrics });
 * const [embedding] = await embedder.embed([{ lightCurve, metadata: {}, spectrum: null }]);
 * await embedder.close();
 */
export async function createEmbedder({ release, ...options }: EmbedderOptions): Promise<Embedder> {
  return createModelEmbedder({ model: alertsModelOf(release), ...options });
}

/** An embedder of a model that need not be a release yet. */
export async function createModelEmbedder({
  model,
  workers,
  device = 'cpu',
  metrics = null,
}: ModelEmbedderOptions): Promise<Embedder> {
  const pool = createSessionPool({ workers, device, metrics });
  try {
    await loadEncoders(pool, model);
    await pool.loadTask(EMBED_TASK, taskUrl('embed-task'));
  } catch (error) {
    await pool.close();
    throw error;
  }
  return new PooledEmbedder(pool, model.part, metrics);
}

class PooledEmbedder implements Embedder {
  readonly dimensions: number;
  readonly #pool: SessionPool;
  readonly #settings: Omit<EmbedPayload, 'objects'>;
  readonly #metrics: Metrics | null;

  constructor(pool: SessionPool, part: AlertsPart, metrics: Metrics | null) {
    this.#pool = pool;
    this.#settings = { preparation: preparationOf(part), embedding: embeddingOf(part) };
    this.#metrics = metrics;
    this.dimensions = part.architecture.dimensions;
  }

  async embed(objects: readonly JoinedObject[], signal?: AbortSignal): Promise<readonly EmbeddedObject[]> {
    const parts = Array.from({ length: Math.ceil(objects.length / TASK_OBJECTS_MAX) }, (_, i) =>
      objects.slice(i * TASK_OBJECTS_MAX, (i + 1) * TASK_OBJECTS_MAX),
    );
    const embedded = await Promise.all(parts.map((part) => this.#embedPart(part, signal)));
    const embeddings = embedded.flat();
    for (const mask of MODALITY_MASKS) {
      const count = embeddings.filter((embedding) => embedding.mask === mask).length;
      if (count > 0) this.#metrics?.count('nightjar_model_embedded_objects_total', { mask }, count);
    }
    return embeddings;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #embedPart(
    objects: readonly JoinedObject[],
    signal: AbortSignal | undefined,
  ): Promise<readonly EmbeddedObject[]> {
    const payload: EmbedPayload = { ...this.#settings, objects: objects.map(tabulatedObject) };
    // The task's result, as its module declares it.
    return (await this.#pool.runTask(EMBED_TASK, payload, signal)) as readonly EmbeddedObject[];
  }
}
