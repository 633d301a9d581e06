import { Random } from '../../../core/index.ts';
import { elementCount } from '../../ir/dims.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import type { Tensor, TensorData } from '../../tensor.ts';
import type { DropoutSite } from '../step/dropout-inputs.ts';

/** Words drawn at a time: they stay in the processor's cache. */
const WORDS = 4096;

/** Draws are of 16 bits: a ratio is met to 1 in 131,072. */
const DRAWS = 65_536;

/**
 * Which elements a step keeps at each site, by the names of the inputs. A mask depends on seed, step and site alone.
 *
 * @param step 1 for the first of the whole training
 * @complexity O(elements), about 10 ns each
 */
export function drawDropoutMasks(
  sites: readonly DropoutSite[],
  { seed, step }: { readonly seed: string; readonly step: number },
): NamedTensors {
  return Object.fromEntries(
    sites.map(({ input, shape, ratio }): [string, Tensor] => {
      const data: TensorData['bool'] = new Uint8Array(elementCount(shape));
      fillMask(data, Random.forPurpose(seed, `${input}/${step}`), ratio);
      return [input, { dtype: 'bool', shape, data }];
    }),
  );
}

/** Two elements of each word: 0 with probability `ratio`, else 1. */
function fillMask(mask: Uint8Array, random: Random, ratio: number): void {
  const threshold = Math.round(ratio * DRAWS);
  const words = new Uint32Array(WORDS);
  for (let start = 0; start < mask.length; start += 2 * WORDS) {
    random.fill(words);
    const end = Math.min(mask.length, start + 2 * WORDS);
    for (let i = start; i < end; i++) {
      const word = words[(i - start) >>> 1]!;
      const draw = (i & 1) === 0 ? word >>> 16 : word & 0xffff;
      mask[i] = draw < threshold ? 0 : 1;
    }
  }
}
