import type { GraphBuilder } from '../ir/builder.ts';
import { sameShape, typeText } from '../ir/dims.ts';
import type { Shape, Value, ValueType } from '../ir/types.ts';

/**
 * How a parameter follows from its gradient: the nodes of one update, and what the host feeds at each step. An optimiser
 * has no state of its own; its slots go into and out of the graph.
 */
export interface Optimiser {
  /** Names of the state tensors of one parameter; each has its shape and is 0 before the first step. */
  readonly slots: readonly string[];
  /** Names of the float32 scalars that the host feeds at each step, the same for all parameters. */
  readonly scalars: readonly string[];
  /** Whether an element's update depends on that element alone, so that a parameter can be updated in parts. */
  readonly isElementwise: boolean;
  /**
   * The scalars of a step, in the order of `scalars`; in float64, since 1 − β^t loses its digits in float32.
   *
   * @param step 1 for the first
   * @param learningRate ≥ 0
   * @throws RangeError if the scalars depend on the step and it is not a positive integer
   */
  scalarsAt(step: number, learningRate: number): readonly number[];
  /**
   * Writes one parameter's update.
   *
   * @throws TypeError if the gradient, a slot or a scalar is missing or of another type than it must be
   */
  update(g: GraphBuilder, at: ParameterUpdate): UpdatedParameter;
}

/** What one update starts from. */
export interface ParameterUpdate {
  /** Float32, of any shape. */
  readonly parameter: Value;
  /** Of the parameter's shape, already clipped. */
  readonly gradient: Value;
  /** Of the parameter's shape, in the order of the optimiser's `slots`. */
  readonly slots: readonly Value[];
  /** Of shape [], in the order of the optimiser's `scalars`. */
  readonly scalars: readonly Value[];
  /** Whether the optimiser's weight decay applies. */
  readonly isDecayed: boolean;
  /** Whether the step is scaled by the parameter's norm; only LARS looks at it. */
  readonly isAdapted: boolean;
}

/** What one update leaves, of the parameter's shape. */
export interface UpdatedParameter {
  readonly parameter: Value;
  /** In the order of the optimiser's `slots`. */
  readonly slots: readonly Value[];
}

/**
 * The slots of an update by name. Gradient and slots must have the parameter's shape: a smaller one would broadcast, and
 * the update would be wrong without a word.
 *
 * @throws TypeError if they have not, or if there are more or fewer slots than names
 */
export function slotsOf<N extends string>(
  names: readonly N[],
  { parameter, gradient, slots }: ParameterUpdate,
): Readonly<Record<N, Value>> {
  requireTypes('gradient', [gradient], parameter.shape);
  requireTypes('slots', slots, parameter.shape);
  return byName('slots', names, slots);
}

/**
 * The scalars of an update by name.
 *
 * @throws TypeError if one is not a float32 scalar, or if there are more or fewer than names
 */
export function scalarsOf<N extends string>(
  names: readonly N[],
  { scalars }: ParameterUpdate,
): Readonly<Record<N, Value>> {
  requireTypes('scalars', scalars, []);
  return byName('scalars', names, scalars);
}

function requireTypes(what: string, values: readonly ValueType[], shape: Shape): void {
  const wrong = values.find((value) => value.dtype !== 'float32' || !sameShape(value.shape, shape));
  if (wrong !== undefined)
    throw new TypeError(
      `Cannot update a parameter as its ${what} must be ${typeText({ dtype: 'float32', shape })}: ` +
        `current value is ${typeText(wrong)}`,
    );
}

function byName<N extends string>(
  what: string,
  names: readonly N[],
  values: readonly Value[],
): Readonly<Record<N, Value>> {
  if (values.length !== names.length)
    throw new TypeError(
      `Cannot update a parameter as its ${what} must be [${names.join(', ')}]: ` +
        `current value is ${values.length} of them`,
    );
  return Object.fromEntries(names.map((name, i) => [name, values[i]!])) as Record<N, Value>;
}
