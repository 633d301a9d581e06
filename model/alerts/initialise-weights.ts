import { Random } from '../../core/index.ts';
import { elementCount } from '../ir/dims.ts';
import type { Graph, NamedValue } from '../ir/types.ts';
import { float32Tensor, type Tensor, type Tensors } from '../tensor.ts';

/** Standard deviation of learned positions: small beside features of order 1. */
const POSITION_STD = 0.02;

/**
 * Weights drawn from a seed, each parameter from a generator of its own, so that one more parameter changes no other.
 *
 * Matrices [out, in]: Glorot uniform, ± √(6 / (in + out)). Convolutions [out, in, size]: He normal, σ = √(2 / (in · size)).
 * Learned positions: normal, σ = 0.02. Normalisations: weight 1, bias 0. Other biases: 0.
 *
 * @source Glorot & Bengio 2010 (PMLR 9:249), eq. 16; He et al. 2015, doi:10.1109/ICCV.2015.123, eq. 10
 */
export function initialiseWeights(graphs: readonly Graph[], seed: string | number): Tensors {
  const weights = new Map<string, Tensor>();
  for (const parameter of graphs.flatMap((graph) => graph.parameters))
    weights.set(parameter.name, initialised(parameter, seed));
  return weights;
}

function initialised({ name, value }: NamedValue, seed: string | number): Tensor {
  const shape = value.shape.map(Number);
  const data = new Float32Array(elementCount(shape));
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
