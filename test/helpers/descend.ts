import { Random } from '../../core/index.ts';
import { float32Tensor, GraphBuilder } from '../../model/index.ts';
import type { Tensor, Value } from '../../model/index.ts';
import type { Optimiser } from '../../model/optimisers/optimiser.ts';
import { numbersOf, runGraph } from './run-graph.ts';

/** A parameter, and the gradients that it will meet. */
export interface Descent {
  readonly shape: readonly number[];
  readonly start: readonly number[];
  /** One list of elements a step. */
  readonly gradients: readonly (readonly number[])[];
  readonly isDecayed?: boolean;
  readonly isAdapted?: boolean;
}

/** Large, and different, so that an error in what a step is scaled by is seen. */
export const LEARNING_RATES: readonly number[] = [0.5, 0.25, 0.1];

/** Three steps of a matrix, a vector and a scalar, all of size 1. */
export function drawDescents(seed: string): readonly Descent[] {
  const random = new Random(seed);
  return [[3, 2], [3], []].map((shape) => {
    const draw = (): number[] => {
      const elements = shape.reduce((product, size) => product * size, 1);
      return Array.from({ length: elements }, () => Math.fround(random.normal()));
    };
    return { shape, start: draw(), gradients: LEARNING_RATES.map(draw) };
  });
}

/**
 * Runs an optimiser over every descent, all steps in one graph.
 *
 * @returns the parameter's elements by descent and step
 */
export async function descend(
  optimiser: Optimiser,
  descents: readonly Descent[],
  learningRates = LEARNING_RATES,
): Promise<readonly (readonly (readonly number[])[])[]> {
  const g = new GraphBuilder('descents');
  const feeds: Record<string, Tensor> = {};
  const feed = (name: string, elements: readonly number[], shape: readonly number[]): Value => {
    feeds[name] = float32Tensor(Float32Array.from(elements), shape);
    return g.input(name, 'float32', shape);
  };
  const scalars = learningRates.map((learningRate, step) =>
    optimiser.scalarsAt(step + 1, learningRate).map((scalar, i) => feed(`scalar ${step} ${i}`, [scalar], [])),
  );
  descents.forEach(({ shape, start, gradients, isDecayed = true, isAdapted = true }, d) => {
    let parameter = feed(`start ${d}`, start, shape);
    let slots: readonly Value[] = optimiser.slots.map((slot) =>
      feed(`${slot} ${d}`, new Array<number>(start.length).fill(0), shape),
    );
    scalars.forEach((ofStep, step) => {
      const gradient = feed(`gradient ${d} ${step}`, gradients[step] ?? [], shape);
      const at = { parameter, gradient, slots, scalars: ofStep, isDecayed, isAdapted };
      ({ parameter, slots } = optimiser.update(g, at));
      g.output(`${d} ${step}`, parameter);
    });
  });
  const results = await runGraph(g.build(), feeds);
  return descents.map((_, d) => learningRates.map((__, step) => numbersOf(results[`${d} ${step}`])));
}
