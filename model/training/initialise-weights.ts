import { Random } from '../../core/index.ts';
import { elementCount } from '../ir/dims.ts';
import { LOGIT_SCALE_STARTS } from '../losses/logit-scale.ts';
import { float32Tensor, type Tensor, type Tensors } from '../tensor.ts';

export interface InitialiseWeightsOptions {
  /** Draws the weights. */
  readonly seed: string | number;
  /** What parameters named `logit_scale_…` are; ln 100 by default. */
  readonly logitScale?: number;
}

/** Standard deviation of learned positions: small beside features of order 1. */
const POSITION_STD = 0.02;

/**
 * Weights drawn from a seed, each parameter from a generator of its own, so that one more parameter changes no other.
 *
 * Matrices [out, in]: Glorot uniform, ± √(6 / (in + out)). Convolutions [out, in, size]: He normal, σ = √(2 / (in · size)).
 * Learned positions: normal, σ = 0.02. Normalisations: weight 1, bias 0. Other biases: 0.
 *
 * @param shapes of the parameters, by state-dict name
 * @source Glorot & Bengio 2010 (PMLR 9:249), eq. 16; He et al. 2015, doi:10.1109/ICCV.2015.123, eq. 10
 */
export function initialiseWeights(
  shapes: Iterable<readonly [name: string, shape: readonly number[]]>,
  options: InitialiseWeightsOptions,
): Tensors {
  const weights = new Map<string, Tensor>();
  for (const [name, shape] of shapes)
    if (!weights.has(name)) weights.set(name, initialised(name, shape, options));
  return weights;
}

function initialised(
  name: string,
  shape: readonly number[],
  { seed, logitScale = LOGIT_SCALE_STARTS.published }: InitialiseWeightsOptions,
): Tensor {
  const data = new Float32Array(elementCount(shape));
  if (name.startsWith('logit_scale_')) return float32Tensor(data.fill(logitScale), shape);
  const random = Random.forPurpose(seed, name);
  if (name.endsWith('.position'))
    return float32Tensor(
      data.map(() => POSITION_STD * random.normal()),
      shape,
    );
  const [outputs = 1, inputs = 1, size] = shape;
  if (size !== undefined) {
    const deviation = Math.sqrt(2 / (inputs * size));
    return float32Tensor(
      data.map(() => deviation * random.normal()),
      shape,
    );
  }
  if (shape.length === 2) {
    const bound = Math.sqrt(6 / (inputs + outputs));
    return float32Tensor(
      data.map(() => random.between(-bound, bound)),
      shape,
    );
  }
  return float32Tensor(data.fill(/norm\d*\.weight$/.test(name) ? 1 : 0), shape);
}
