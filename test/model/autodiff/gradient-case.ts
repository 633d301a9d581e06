import { Random } from '../../../core/index.ts';
import type { GraphBuilder, Shape, Value } from '../../../model/index.ts';
import { symbolParts } from '../../../model/ir/dims.ts';
import type { NumberTensor } from '../../helpers/evaluate/number-tensor.ts';

/** A float32 function of float32 operands whose gradient is to be right. */
export interface GradientCase {
  /** Shapes of the operands; symbols have the sizes of `SYMBOL_SIZES`. */
  readonly shapes: readonly Shape[];
  readonly build: (g: GraphBuilder, operands: readonly Value[]) => Value;
  /** Where the operands' elements lie. */
  readonly domain: Domain;
}
export type Domain = readonly [low: number, high: number];

/** What the symbols in shapes of cases are at run time: two sizes, so that neither passes for the other. */
const SYMBOL_SIZES: { readonly [symbol: string]: number } = { batch: 3, length: 7 };

/**
 * A case over one operand a shape.
 *
 * @param domain [−2, 2] by default; see `apart` for what lies within it
 */
export function gradientCase<const S extends readonly Shape[]>(
  shapes: S,
  build: (g: GraphBuilder, ...operands: OperandsOf<S>) => Value,
  domain: Domain = [-2, 2],
): GradientCase {
  // There are as many operands as shapes, which a list of values cannot express.
  return { shapes, domain, build: (g, operands) => build(g, ...(operands as OperandsOf<S>)) };
}
type OperandsOf<S extends readonly Shape[]> = { readonly [I in keyof S]: Value };

/** A case in a graph: loss = Σ y · weights, so that no two elements of y count alike. */
export interface CaseInGraph {
  readonly operands: readonly Value[];
  readonly loss: Value;
  /** Elements of the operands and weights by the names of their inputs; each is a float32 number. */
  readonly feeds: ReadonlyMap<string, NumberTensor>;
  /** Names of the operands' inputs. */
  readonly names: readonly string[];
}

/** Adds a case to a graph; its inputs' names begin with `name`, which is also the seed of its numbers. */
export function addCase(g: GraphBuilder, { shapes, build, domain }: GradientCase, name: string): CaseInGraph {
  const names = shapes.map((_, i) => `${name} operand ${i}`);
  const operands = names.map((operand, i) => g.input(operand, 'float32', shapes[i] ?? []));
  const y = build(g, operands);
  const weights = g.input(`${name} weights`, 'float32', y.shape);
  const random = new Random(name);
  const elements = apart(shapes.map(sizesOf), { domain, random });
  const feeds = new Map([[`${name} weights`, filled(sizesOf(y.shape), () => random.normal())]]);
  names.forEach((operand, i) => {
    const fed = elements[i];
    if (fed !== undefined) feeds.set(operand, fed);
  });
  return { operands, names, feeds, loss: sumOfAll(g, g.mul(y, weights)) };
}

function sumOfAll(g: GraphBuilder, x: Value): Value {
  return x.shape.length === 0 ? x : g.reduceSum(x, [...x.shape.keys()]);
}

function sizesOf(shape: Shape): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    const { base, offset } = symbolParts(dim);
    return (SYMBOL_SIZES[base] ?? Number.NaN) + offset;
  });
}

/**
 * Tensors whose elements are all apart: the first quarter of each of as many equal cells of the domain as there are elements,
 * in random order. So neither an order of elements nor, in a domain about 0, a sign changes within a step of differentiation.
 */
function apart(
  shapes: readonly (readonly number[])[],
  { domain: [low, high], random }: { readonly domain: Domain; readonly random: Random },
): readonly NumberTensor[] {
  const counts = shapes.map((shape) => shape.reduce((product, size) => product * size, 1));
  const count = counts.reduce((sum, size) => sum + size, 0);
  const cells = random.shuffled(Array.from({ length: count }, (_, cell) => cell));
  let next = 0;
  const element = (): number => low + ((high - low) * ((cells[next++] ?? Number.NaN) + 0.25)) / count;
  return shapes.map((shape) => filled(shape, element));
}

function filled(shape: readonly number[], element: () => number): NumberTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float64Array.from({ length: count }, () => Math.fround(element())) };
}
