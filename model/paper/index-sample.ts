import { Random } from '../../core/index.ts';
import { int64Tensor } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { INDEX_SAMPLE, indexSampleInfo } from './release-part.ts';
import type { PaperPart } from './release-part.ts';

/** Keys that each query is tried on: independent uniform steps, drawn once for a release from its `indexSampleSeed`. */
export function drawIndexSample(part: PaperPart): Tensor {
  const { shape } = indexSampleInfo(part);
  const [length = 0, samples = 0] = shape;
  const random = Random.forPurpose(part.indexSampleSeed, INDEX_SAMPLE);
  const draws = Array.from({ length: length * samples }, () => BigInt(random.below(length)));
  return int64Tensor(BigInt64Array.from(draws), shape);
}
