import type { SafetensorsFile } from '../safetensors/reader.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import { unfit, type TensorEncoders } from '../tensor-encoder.ts';
import { BATCH_ROWS_MAX, MODEL_NAMES } from './embed-prepared.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { buildAlertsGraphs } from './graphs.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import type { AlertsPart } from './release-schema.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';
import { encodedWidth } from '../quantile-encoding.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/**
 * How a release of the alerts profile embeds a file of tensors.
 *
 * In, all float32, inputs in the order that the release's manifest lists: `in.tokens` [n, length, tokens] with
 * `in.tokens_mask` [n, length] (1 a point, 0 padding; a point at least in every row) and `in.globals`
 * [n, encodedWidth(globals)] (as `quantileEncoded` gives them); `in.spectra` [n, channels, samples]; `in.metadata`
 * [n, encodedWidth(metadata)], as the globals. Out: `out.photometry`, `out.spectra`, `out.metadata`.
 *
 * @throws PipelineError TENSORS_INVALID if a row has more tokens than the release takes
 */
export function alertsEncoders(
  { part: { architecture, preprocessing } }: { readonly part: AlertsPart },
  input: SafetensorsFile,
): TensorEncoders {
  const { tokensMax, spectrum } = preprocessing;
  const graphs = buildAlertsGraphs(architecture, spectrum.samples);
  const length = input.tensors.get('in.tokens')?.shape[1] ?? 1;
  if (length < 1 || length > tokensMax)
    throw unfit(input, `"in.tokens" must have 1 to ${tokensMax} tokens a row: current value is ${length}`);
  return {
    dimensions: architecture.dimensions,
    batchRows: BATCH_ROWS_MAX,
    encoders: [
      {
        model: MODEL_NAMES.photometry,
        graph: graphs.photometry,
        result: 'photometry',
        output: 'out.photometry',
        inputs: {
          tokens: [length, TOKEN_INPUTS.length],
          tokens_mask: [length],
          globals: [encodedWidth(GLOBAL_INPUTS.length)],
        },
        faultOf: (feeds) => maskFault(feeds, length),
      },
      {
        model: MODEL_NAMES.spectrum,
        graph: graphs.spectrum,
        result: 'spectra_embedding',
        output: 'out.spectra',
        inputs: { spectra: [SPECTRUM_INPUTS.length, spectrum.samples] },
      },
      {
        model: MODEL_NAMES.metadata,
        graph: graphs.metadata,
        result: 'metadata_embedding',
        output: 'out.metadata',
        inputs: { metadata: [encodedWidth(METADATA_INPUTS.length)] },
      },
    ],
  };
}

/** Attention without a key would spread over the padding, and a mask between 0 and 1 is none. */
function maskFault({ tokens_mask: mask }: NamedTensors, length: number): string | null {
  if (mask?.dtype !== 'float32') return null;
  const { data } = mask;
  if (!data.every((value) => value === 0 || value === 1)) return '"in.tokens_mask" must be of 0 and 1';
  for (let start = 0; start < data.length; start += length) {
    if (!data.subarray(start, start + length).includes(1))
      return '"in.tokens_mask" must have a 1 in every row';
  }
  return null;
}
