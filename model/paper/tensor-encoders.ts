import type { SafetensorsFile } from '../safetensors/reader.ts';
import { requireTensor, unfit, type TensorEncoders } from '../tensor-encoder.ts';
import { tensorText } from '../releases/tensor-faults.ts';
import type { Tensor, Tensors } from '../tensor.ts';
import { paperGraphs } from './graphs.ts';
import { INDEX_SAMPLE, indexOutside, indexSampleInfo } from './release-part.ts';
import type { PaperPart } from './release-part.ts';

/** Larger batches are not faster on one core, and cost memory (32 light curves of 200 steps: 60 MB). */
const BATCH_ROWS = 32;

/**
 * How a release of the paper profile embeds a file of tensors.
 *
 * In: `in.photometry` [n, length, channels] with `in.mask` [n, length]; `in.spectra` [n, channels, samples];
 * `in.metadata` [n, inputs], all float32; optional `in.index_sample` [length, samples] int64 instead of the release's.
 * Out: `out.photometry`, `out.spectra`, `out.metadata`.
 *
 * @throws PipelineError TENSORS_INVALID if the file's sampled keys are of another shape or out of range
 */
export async function paperEncoders(
  { part, weights }: { readonly part: PaperPart; readonly weights: Tensors },
  input: SafetensorsFile,
): Promise<TensorEncoders> {
  const { photometry, spectra, metadata, embeddingDimensions } = part.architecture;
  const graphs = paperGraphs(part);
  const sample = await indexSampleOf(input, part, weights.get(INDEX_SAMPLE));
  return {
    dimensions: embeddingDimensions,
    batchRows: BATCH_ROWS,
    encoders: [
      {
        model: 'photometry',
        graph: graphs.photometry,
        result: 'embedding',
        output: 'out.photometry',
        inputs: { photometry: [photometry.length, photometry.channels], mask: [photometry.length] },
        constants: sample === null ? {} : { [INDEX_SAMPLE]: sample },
      },
      {
        model: 'spectra',
        graph: graphs.spectra,
        result: 'embedding',
        output: 'out.spectra',
        inputs: { spectra: [spectra.channels[0]!, spectra.length] },
      },
      {
        model: 'metadata',
        graph: graphs.metadata,
        result: 'embedding',
        output: 'out.metadata',
        inputs: { metadata: [metadata.inputs] },
      },
    ],
  };
}

/** The file's sampled keys, or else the release's; `null` for a model with full attention. */
async function indexSampleOf(
  input: SafetensorsFile,
  part: PaperPart,
  ofRelease: Tensor | undefined,
): Promise<Tensor | null> {
  if (part.architecture.attention === 'full') return null;
  const name = `in.${INDEX_SAMPLE}`;
  if (!input.tensors.has(name)) return ofRelease ?? null;
  requireTensor(input, name, tensorText(indexSampleInfo(part)));
  const sample = await input.read(name);
  const outside = sample.dtype === 'int64' ? indexOutside(sample.data, part) : null;
  if (outside === null) return sample;
  const { length } = part.architecture.photometry;
  throw unfit(input, `"${name}" must be steps below ${length}: current value is ${outside}`);
}
