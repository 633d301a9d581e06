import { PipelineError } from '../../core/index.ts';
import type { DataSetObject } from '../../core/index.ts';
import { EMBEDDING_OUTPUT, embeddingGraph } from '../embedding-graph.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount } from '../ir/dims.ts';
import type { EncodedObject, ObjectEncoder, ProfileEncoderOptions } from '../object-encoder.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import { createSessionPool } from '../sessions/session-pool.ts';
import type { SessionPool } from '../sessions/session-pool.ts';
import { float32Tensor } from '../tensor.ts';
import type { TensorOf } from '../tensor.ts';
import { modalityRows } from '../training/data/modality-rows.ts';
import { PAPER_MODALITIES } from './encode.ts';
import type { PaperModality } from './encode.ts';
import { paperModalityEncoders } from './modality-encoders.ts';
import { preparePaperObject } from './prepare-object.ts';
import type { PaperInputs } from './prepare-object.ts';
import { SPECTRUM_GRID } from './preprocess-spectrum.ts';
import type { PaperPart } from './release-part.ts';
import { PAPER_ROWS } from './training-subject.ts';

/** Rows of one run. On the CPU a row's result has the same bits whatever the batch. */
const BATCH_ROWS = 8;

/** What one loaded encoder takes. */
interface EncoderInputs {
  /** Shape of one object's row in each input. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
  /** What all objects share. */
  readonly shared: NamedTensors;
}

/**
 * An encoder of the `paper` profile: objects are prepared as they are for its training, by the release's statistics. There
 * are no features. A part of an object that cannot be used is absent.
 *
 * @throws PipelineError RELEASE_INVALID if the model takes spectra on another grid; INFERENCE_FAILED if the runtime cannot
 *   open an encoder
 */
export async function createPaperObjectEncoder({
  folder,
  part,
  weights,
  workers,
  device = 'cpu',
}: ProfileEncoderOptions<'paper'>): Promise<ObjectEncoder> {
  requireGrid(folder, part);
  const pool = createSessionPool({ workers, device });
  try {
    const inputs = new Map<string, EncoderInputs>();
    for (const encoder of paperModalityEncoders(part, PAPER_MODALITIES)) {
      await pool.load(encoder.name, writeOnnx(embeddingGraph(encoder), weights));
      const shared = Object.keys(encoder.shared(new GraphBuilder('shared'))).map(
        // An opened release has every tensor that its model needs.
        (name) => [name, weights.get(name)!] as const,
      );
      const { inputs: rows } = modalityRows(encoder, PAPER_ROWS);
      inputs.set(encoder.name, { rows, shared: Object.fromEntries(shared) });
    }
    // One batch more than there are threads, so that making it does not hold them up.
    return new PaperObjectEncoder({ pool, inputs, part, folder, lanes: workers + 1 });
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function requireGrid(folder: string, { architecture: { spectra } }: PaperPart): void {
  if (spectra.length === SPECTRUM_GRID.samples) return;
  throw new PipelineError(
    'RELEASE_INVALID',
    `Cannot embed objects of a data set with release "${folder}" as its spectra must have ` +
      `${SPECTRUM_GRID.samples} samples: current value is ${spectra.length}`,
  );
}

interface EncoderParts {
  readonly pool: SessionPool;
  readonly inputs: ReadonlyMap<string, EncoderInputs>;
  readonly part: PaperPart;
  /** Of the release, for messages. */
  readonly folder: string;
  /** Batches under way. */
  readonly lanes: number;
}

class PaperObjectEncoder implements ObjectEncoder {
  readonly dimensions: number;
  readonly featureNames = null;
  readonly #parts: EncoderParts;

  constructor(parts: EncoderParts) {
    this.#parts = parts;
    this.dimensions = parts.part.architecture.embeddingDimensions;
  }

  async encode(objects: readonly DataSetObject[], signal?: AbortSignal): Promise<readonly EncodedObject[]> {
    signal?.throwIfAborted();
    const { architecture, preprocessing } = this.#parts.part;
    const { length } = architecture.photometry;
    const prepared = objects.map((object) =>
      preparePaperObject(object, { length, preprocessing, onUnusable: () => undefined }),
    );
    const photometry = await this.#embedModality('photometry', prepared, signal);
    const spectra = await this.#embedModality('spectra', prepared, signal);
    const metadata = await this.#embedModality('metadata', prepared, signal);
    return objects.map((_, i) => ({
      photometry: photometry[i] ?? null,
      spectra: spectra[i] ?? null,
      metadata: metadata[i] ?? null,
      features: null,
    }));
  }

  close(): Promise<void> {
    return this.#parts.pool.close();
  }

  /** @returns by object; nothing at the places of those that lack the modality */
  async #embedModality(
    modality: PaperModality,
    prepared: readonly PaperInputs[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (Float32Array | undefined)[]> {
    const names = Object.keys(this.#parts.inputs.get(modality)!.rows);
    const owners = Array.from(prepared.keys()).filter((i) => names.every((name) => name in prepared[i]!));
    const vectors = new Array<Float32Array | undefined>(prepared.length);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < owners.length) {
        signal?.throwIfAborted();
        const batch = owners.slice(next, next + BATCH_ROWS);
        next += BATCH_ROWS;
        const embedded = await this.#embedBatch(
          modality,
          batch.map((i) => prepared[i]!),
        );
        batch.forEach((i, row) => (vectors[i] = embedded[row]));
      }
    };
    await Promise.all(Array.from({ length: this.#parts.lanes }, lane));
    return vectors;
  }

  /** @param batch objects that have the modality, one at least */
  async #embedBatch(
    modality: PaperModality,
    batch: readonly PaperInputs[],
  ): Promise<readonly Float32Array[]> {
    const { pool, inputs, folder } = this.#parts;
    const { rows, shared } = inputs.get(modality)!;
    const own = Object.entries(rows).map(([name, shape]) => [name, stacked(name, shape, batch)] as const);
    const outputs = await pool.run(modality, { ...Object.fromEntries(own), ...shared });
    const output = outputs[EMBEDDING_OUTPUT];
    if (output?.dtype !== 'float32') throw new TypeError(`Cannot embed as "${modality}" must give float32`);
    const embedded = batch.map((_, row) =>
      output.data.slice(row * this.dimensions, (row + 1) * this.dimensions),
    );
    if (!embedded.every((vector) => vector.every(Number.isFinite)))
      throw new PipelineError(
        'INFERENCE_FAILED',
        `Cannot embed objects with release "${folder}" as embeddings must be finite: that of ${modality} is not`,
      );
    return embedded;
  }
}

/** One input of a batch. */
function stacked(name: string, shape: readonly number[], batch: readonly PaperInputs[]): TensorOf<'float32'> {
  const width = elementCount(shape);
  const data = new Float32Array(batch.length * width);
  for (const [row, inputs] of batch.entries()) data.set(inputs[name]!, row * width);
  return float32Tensor(data, [batch.length, ...shape]);
}
