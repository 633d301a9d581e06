import { PipelineError } from '../../core/index.ts';
import type { EmbedProfileTensors, EmbedSummary } from '../embed-tensors.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import { isFinite, tensorText } from '../releases/tensor-faults.ts';
import type { SafetensorsFile } from '../safetensors/reader.ts';
import { SafetensorsWriter } from '../safetensors/writer.ts';
import { createSessionPool } from '../sessions/session-pool.ts';
import type { SessionPool } from '../sessions/session-pool.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import { float32Tensor } from '../tensor.ts';
import type { Tensor, TensorOf } from '../tensor.ts';
import { PAPER_MODALITIES, paperGraphs } from './graphs.ts';
import type { PaperModality } from './graphs.ts';
import { INDEX_SAMPLE, indexOutside, indexSampleInfo } from './release-part.ts';
import type { PaperPart } from './release-part.ts';

/** Rows of one batch: larger ones are not faster on one core, and cost memory (32 light curves of 200 steps: 60 MB). */
const BATCH_ROWS = 32;

/**
 * Embeds tensors with a release of the paper profile.
 *
 * In: `in.photometry` [n, length, channels] with `in.mask` [n, length]; `in.spectra` [n, channels, samples];
 * `in.metadata` [n, inputs], all float32; optional `in.index_sample` [length, samples] int64 instead of the release's.
 * A modality whose tensor is not there is left out.
 *
 * Out: `out.photometry`, `out.spectra`, `out.metadata` [n, dimensions], unit rows, of the modalities that are there;
 * `out.mean`, their mean, not normalised again.
 */
export const embedPaperTensors: EmbedProfileTensors<PaperPart> = async ({ part, weights }, options) => {
  const { input, outFile, workers, signal, onProgress } = options;
  const { rows, modalities } = inputsOf(input, part);
  const indexSample = await indexSampleOf(input, part, weights.get(INDEX_SAMPLE));
  const dimensions = part.architecture.embeddingDimensions;
  const outputs = [...modalities.map((modality) => `out.${modality}`), 'out.mean'];
  const pool = createSessionPool({ workers, device: 'cpu' });
  try {
    const graphs = paperGraphs(part);
    for (const modality of modalities) await pool.load(modality, writeOnnx(graphs[modality], weights));
    const writer = await SafetensorsWriter.create(
      outFile,
      new Map(outputs.map((name) => [name, { dtype: 'float32', shape: [rows, dimensions] }])),
    );
    try {
      for (let first = 0; first < rows; first += BATCH_ROWS * workers) {
        const batches = Array.from({ length: workers }, (_, i) => first + i * BATCH_ROWS)
          .filter((start) => start < rows)
          .map((start) => ({ start, count: Math.min(BATCH_ROWS, rows - start) }));
        await settled(
          batches.map((batch) =>
            embedBatch(batch, { input, modalities, indexSample, pool, writer, ...(signal && { signal }) }),
          ),
        );
        onProgress?.({ rows: Math.min(rows, first + BATCH_ROWS * workers), total: rows });
      }
      await writer.finish();
    } catch (error) {
      await writer.discard();
      throw error;
    }
    return { rows, outputs } satisfies EmbedSummary;
  } finally {
    await pool.close();
  }
};

/** Waits for all, then fails with the first failure: none is still writing when the file is given up. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface BatchContext {
  readonly input: SafetensorsFile;
  readonly modalities: readonly PaperModality[];
  readonly indexSample: Tensor | null;
  readonly pool: SessionPool;
  readonly writer: SafetensorsWriter;
  readonly signal?: AbortSignal;
}

async function embedBatch(
  { start, count }: { readonly start: number; readonly count: number },
  { input, modalities, indexSample, pool, writer, signal }: BatchContext,
): Promise<void> {
  const embeddings: TensorOf<'float32'>[] = [];
  for (const modality of modalities) {
    const feeds: Record<string, Tensor> = {};
    for (const name of FEEDS[modality]) feeds[name] = await finiteRows(input, `in.${name}`, { start, count });
    if (modality === 'photometry' && indexSample !== null) feeds[INDEX_SAMPLE] = indexSample;
    const outputs = await pool.run(modality, feeds, signal === undefined ? {} : { signal });
    const embedding = embeddingFrom(outputs);
    await writer.writeRows(`out.${modality}`, start, embedding);
    embeddings.push(embedding);
  }
  await writer.writeRows('out.mean', start, meanOf(embeddings));
}

/** Tensors of the input file that each modality's graph is fed, by row. */
const FEEDS: { readonly [M in PaperModality]: readonly string[] } = {
  photometry: ['photometry', 'mask'],
  spectra: ['spectra'],
  metadata: ['metadata'],
};

function embeddingFrom({ embedding }: NamedTensors): TensorOf<'float32'> {
  if (embedding?.dtype === 'float32') return embedding;
  throw new TypeError('Cannot embed as the graph must have a float32 output "embedding"');
}

function meanOf(embeddings: readonly TensorOf<'float32'>[]): TensorOf<'float32'> {
  const [first] = embeddings;
  if (first === undefined) throw new TypeError('Cannot average embeddings as there is none');
  const mean = first.data.map((_, i) => {
    const sum = embeddings.reduce((total, { data }) => total + data[i]!, 0);
    return sum / embeddings.length;
  });
  return float32Tensor(mean, first.shape);
}

async function finiteRows(
  input: SafetensorsFile,
  name: string,
  { start, count }: { readonly start: number; readonly count: number },
): Promise<Tensor> {
  const rows = await input.readRows(name, start, count);
  if (!isFinite(rows))
    throw invalid(
      input,
      `the values of "${name}" must be finite: rows ${start} to ${start + count - 1} have others`,
    );
  return rows;
}

/** The modalities that a file has, after its tensors have been found to fit the model and each other. */
function inputsOf(
  input: SafetensorsFile,
  { architecture: { photometry, spectra, metadata } }: PaperPart,
): { readonly rows: number; readonly modalities: readonly PaperModality[] } {
  const rowShapes: { readonly [name: string]: readonly number[] } = {
    photometry: [photometry.length, photometry.channels],
    mask: [photometry.length],
    spectra: [spectra.channels[0]!, spectra.length],
    metadata: [metadata.inputs],
  };
  const modalities = PAPER_MODALITIES.filter((modality) => input.tensors.has(`in.${modality}`));
  const [first] = modalities;
  if (first === undefined)
    throw invalid(input, 'it has none of "in.photometry", "in.spectra" and "in.metadata"');
  const rows = input.tensors.get(`in.${first}`)?.shape[0] ?? 0;
  if (rows === 0) throw invalid(input, `"in.${first}" needs at least one row`);
  for (const name of modalities.flatMap((modality) => FEEDS[modality])) {
    const wanted = { dtype: 'float32', shape: [rows, ...(rowShapes[name] ?? [])] } as const;
    const found = input.tensors.get(`in.${name}`);
    if (found === undefined) throw invalid(input, `it has no tensor "in.${name}"`);
    if (tensorText(found) !== tensorText(wanted))
      throw invalid(
        input,
        `"in.${name}" must be ${tensorText(wanted)}: current value is ${tensorText(found)}`,
      );
  }
  return { rows, modalities };
}

/** The file's sampled keys, or else the release's; `null` for a model with full attention. */
async function indexSampleOf(
  input: SafetensorsFile,
  part: PaperPart,
  ofRelease: Tensor | undefined,
): Promise<Tensor | null> {
  if (part.architecture.attention === 'full') return null;
  const name = `in.${INDEX_SAMPLE}`;
  const found = input.tensors.get(name);
  if (found === undefined) return ofRelease ?? null;
  const wanted = tensorText(indexSampleInfo(part));
  if (tensorText(found) !== wanted)
    throw invalid(input, `"${name}" must be ${wanted}: current value is ${tensorText(found)}`);
  const sample = await input.read(name);
  const outside = sample.dtype === 'int64' ? indexOutside(sample.data, part) : null;
  if (outside !== null)
    throw invalid(
      input,
      `"${name}" must be steps below ${part.architecture.photometry.length}: current value is ${outside}`,
    );
  return sample;
}

function invalid(input: SafetensorsFile, why: string): PipelineError {
  return new PipelineError('TENSORS_INVALID', `Cannot embed "${input.file}" as ${why}`);
}
