import { encodedWidth } from '../../model/quantile-encoding.ts';
import { Random } from '../../core/index.ts';
import { float32Tensor } from '../../model/index.ts';
import type { AlertsArchitecture, NamedTensors } from '../../model/index.ts';
import { GLOBAL_INPUTS } from '../../model/alerts/global-inputs.ts';
import { METADATA_INPUTS } from '../../model/alerts/metadata-inputs.ts';
import { SPECTRUM_INPUTS } from '../../model/alerts/spectrum-grid.ts';
import { TOKEN_INPUTS } from '../../model/alerts/token-inputs.ts';
import { presenceInput } from '../../model/training/step/contrastive-model.ts';
import { drawnTensor } from './paper-weights.ts';

/** The smallest model of the alerts profile that has every part. */
export const SMALL_ALERTS: AlertsArchitecture = {
  dimensions: 8,
  photometry: { width: 8, layers: 2, heads: 2, feedForward: 16, hidden: 12 },
  spectrum: { channels: [4, 8], heads: 2 },
  metadata: { hidden: 6 },
};

/** Samples of the small model's spectra. */
export const SMALL_SAMPLES = 32;

/** Fewest tokens of a drawn light curve, and how many more there may be. */
const TOKENS = { least: 3, more: 13 };

/**
 * A training batch of the small model from a seed: light curves of 3 to 16 tokens, padded; of every third object no
 * metadata. The same objects come in any length.
 */
export function drawnAlerts(batch: number, length: number): NamedTensors {
  const width = TOKEN_INPUTS.length;
  const tokens = new Float32Array(batch * length * width);
  const mask = new Float32Array(batch * length);
  for (let row = 0; row < batch; row++) {
    const random = Random.forPurpose('tokens', `${row}`);
    const count = TOKENS.least + Math.floor(random.between(0, TOKENS.more + 1));
    mask.fill(1, row * length, row * length + count);
    for (let i = 0; i < count * width; i++) tokens[row * length * width + i] = random.normal();
  }
  const covered = drawnTensor([batch, SPECTRUM_INPUTS.length, SMALL_SAMPLES]);
  const last = SPECTRUM_INPUTS.length - 1;
  const spectra = covered.data.map((value, i) => {
    const isFlag = Math.floor(i / SMALL_SAMPLES) % SPECTRUM_INPUTS.length === last;
    // The outer samples are not covered.
    return isFlag ? Number(i % SMALL_SAMPLES >= 6) : value;
  });
  const present = (isPresent: (row: number) => boolean): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: batch }, (_, row) => Number(isPresent(row)));
  return {
    tokens: float32Tensor(tokens, [batch, length, width]),
    tokens_mask: float32Tensor(mask, [batch, length]),
    globals: drawnTensor([batch, encodedWidth(GLOBAL_INPUTS.length)]),
    spectra: float32Tensor(spectra, covered.shape),
    metadata: drawnTensor([batch, encodedWidth(METADATA_INPUTS.length)]),
    [presenceInput('photometry')]: float32Tensor(
      present(() => true),
      [batch],
    ),
    [presenceInput('spectra')]: float32Tensor(
      present(() => true),
      [batch],
    ),
    [presenceInput('metadata')]: float32Tensor(
      present((row) => row % 3 !== 2),
      [batch],
    ),
  };
}
