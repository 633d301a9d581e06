import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { MODALITY_MASKS, PipelineError, type Embedding, type ReferenceBank } from '../../core/index.ts';
import { readSafetensors } from '../safetensors/reader.ts';
import { writeSafetensors } from '../safetensors/writer.ts';
import { float32Tensor, type Tensor, type Tensors } from '../tensor.ts';
import { writeText } from './write-text.ts';

/** Files of a bank inside its release's folder. */
export const BANK_FILES = { vectors: 'bank.safetensors', objects: 'bank.json' } as const;

const VECTOR_NAMES = ['photometry', 'spectra', 'metadata'] as const;

/** Norms of unit rows in float32 are this close to 1. */
const NORM_TOLERANCE = 1e-3;

const objectsSchema = z.strictObject({
  objects: z.array(z.strictObject({ objectId: z.string(), label: z.string(), mask: z.enum(MODALITY_MASKS) })),
});

/** One object of a bank. */
export interface LabelledEmbedding {
  readonly objectId: string;
  readonly label: string;
  readonly embedding: Embedding;
}

/** A bank of embeddings, in their order. */
export function referenceBank(objects: readonly LabelledEmbedding[], dimensions: number): ReferenceBank {
  const rows = (vectorOf: (embedding: Embedding) => Float32Array | null): Float32Array => {
    const matrix = new Float32Array(objects.length * dimensions);
    for (const [row, { embedding }] of objects.entries()) {
      const vector = vectorOf(embedding);
      if (vector !== null) matrix.set(vector, row * dimensions);
    }
    return matrix;
  };
  return {
    dimensions,
    objectIds: objects.map(({ objectId }) => objectId),
    labels: objects.map(({ label }) => label),
    masks: objects.map(({ embedding }) => embedding.mask),
    photometry: rows((embedding) => embedding.photometry),
    spectra: rows((embedding) => embedding.spectrum),
    metadata: rows((embedding) => embedding.metadata),
  };
}

/**
 * Writes a bank into a folder: vectors as safetensors (`photometry`, `spectra`, `metadata`, float32 [objects, dimensions]),
 * ids, labels and masks as JSON.
 *
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function writeBank(folder: string, bank: ReferenceBank): Promise<void> {
  const tensors: Tensors = new Map(
    VECTOR_NAMES.map((name) => [
      name,
      float32Tensor(Float32Array.from(bank[name]), [bank.objectIds.length, bank.dimensions]),
    ]),
  );
  await writeSafetensors(path.join(folder, BANK_FILES.vectors), tensors);
  const rows = bank.objectIds.map((objectId, row) =>
    JSON.stringify({ objectId, label: bank.labels[row], mask: bank.masks[row] }),
  );
  await writeText(path.join(folder, BANK_FILES.objects), `{"objects":[\n${rows.join(',\n')}\n]}\n`);
}

/**
 * Reads a bank from its release's folder.
 *
 * @param dimensions of the release's embeddings
 * @throws PipelineError RELEASE_INVALID if a file is missing or damaged, or the two do not fit together
 */
export async function readBank(folder: string, dimensions: number): Promise<ReferenceBank> {
  const { objects } = await readObjects(path.join(folder, BANK_FILES.objects));
  const file = path.join(folder, BANK_FILES.vectors);
  const tensors = await readSafetensors(file).catch((cause: unknown) => {
    throw bankInvalid(file, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const vectors = VECTOR_NAMES.map((name) =>
    rowsFrom(tensors.get(name), { name, file, shape: [objects.length, dimensions] }),
  );
  const [photometry, spectra, metadata] = vectors as [Float32Array, Float32Array, Float32Array];
  const bank: ReferenceBank = {
    dimensions,
    objectIds: objects.map(({ objectId }) => objectId),
    labels: objects.map(({ label }) => label),
    masks: objects.map(({ mask }) => mask),
    photometry,
    spectra,
    metadata,
  };
  checkRows(bank, file);
  return bank;
}

async function readObjects(file: string): Promise<z.infer<typeof objectsSchema>> {
  try {
    return objectsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? (cause.issues[0]?.message ?? '') : String(cause);
    throw bankInvalid(file, why, cause);
  }
}

function rowsFrom(
  tensor: Tensor | undefined,
  { name, file, shape }: { readonly name: string; readonly file: string; readonly shape: readonly number[] },
): Float32Array {
  if (tensor?.dtype === 'float32' && tensor.shape.join() === shape.join()) return tensor.data;
  const current = tensor === undefined ? 'none' : `${tensor.dtype}[${tensor.shape.join(', ')}]`;
  throw bankInvalid(file, `"${name}" must be float32[${shape.join(', ')}]: current value is ${current}`);
}

/** Rows that a mask names are unit vectors, the others zero. */
function checkRows(bank: ReferenceBank, file: string): void {
  const modalities = { photometry: 'P', spectra: 'S', metadata: 'M' } as const;
  for (const name of VECTOR_NAMES) {
    for (const [row, mask] of bank.masks.entries()) {
      const norm = Math.sqrt(
        bank[name]
          .subarray(row * bank.dimensions, (row + 1) * bank.dimensions)
          .reduce((sum, value) => sum + value * value, 0),
      );
      const wanted = mask.includes(modalities[name]) ? 1 : 0;
      // A norm that is not a number fails the comparison too.
      if (!(Math.abs(norm - wanted) <= NORM_TOLERANCE))
        throw bankInvalid(file, `row ${row} of "${name}" must have norm ${wanted}: current value is ${norm}`);
    }
  }
}

function bankInvalid(file: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError('RELEASE_INVALID', `Cannot use "${file}" as a reference bank: ${why}`, { cause });
}
