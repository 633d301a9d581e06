import type { GraphBuilder } from '../../ir/builder.ts';
import { elementCount } from '../../ir/dims.ts';
import type { NamedValue, Value } from '../../ir/types.ts';
import { clipScale, globalNorm } from '../../optimisers/clip-norm.ts';
import type { Optimiser, UpdatedParameter } from '../../optimisers/optimiser.ts';
import { parameterRules } from '../../optimisers/parameter-rules.ts';
import type { DecayScope } from '../../optimisers/parameter-rules.ts';

export interface UpdateOptions {
  readonly optimiser: Optimiser;
  readonly decayScope: DecayScope;
  /** Largest global norm of the gradients; `null` leaves them as they are. */
  readonly clipNormMax: number | null;
  /** By what a parameter's steps are multiplied, by its name, ≥ 0: what does not move has no part in the norm. 1 if absent. */
  readonly learningRateRatioOf?: (name: string) => number;
}

export interface ScaledGradients {
  readonly parameters: readonly NamedValue[];
  /** Of the parameters, in their order. */
  readonly gradients: readonly Value[];
  /** What all gradients are multiples of; scalar. */
  readonly lossScale?: Value | null;
}

/** One tensor that a step changes: a parameter or a slot of its optimiser. */
export interface StateTensor {
  /** Name of the graph's input with the old value. */
  readonly name: string;
  /** Name of the graph's output with the new value. */
  readonly next: string;
  readonly shape: readonly number[];
  readonly kind: 'parameter' | 'slot';
}

/** Name of an input with one of the optimiser's scalars. */
export function scalarInput(name: string): string {
  return `optimiser.${name}`;
}

/**
 * Elements that are updated at a time: parameter, gradient and slots of so many fit into a core's cache, where an update
 * passes over them more than ten times.
 */
const BLOCK_ELEMENTS = 131_072;

/** Updates tensors of one shape, large matrices some rows at a time where every element goes its own way. */
function inBlocks(
  g: GraphBuilder,
  whole: readonly Value[],
  isElementwise: boolean,
  update: (block: readonly Value[]) => UpdatedParameter,
): UpdatedParameter {
  const [rows = 1, ...rest] = whole[0]!.shape.map(Number);
  const blockRows = Math.max(1, Math.floor(BLOCK_ELEMENTS / elementCount(rest)));
  if (!isElementwise) return update(whole);
  if (blockRows >= rows) return asLists(g, whole, update);
  const parts: UpdatedParameter[] = [];
  for (let first = 0; first < rows; first += blockRows) {
    const end = Math.min(rows, first + blockRows);
    parts.push(update(whole.map((value) => g.slice(value, 0, first, end))));
  }
  const joined = (values: readonly Value[]): Value => g.concat(values, 0);
  return {
    parameter: joined(parts.map(({ parameter }) => parameter)),
    slots: parts[0]!.slots.map((_, i) => joined(parts.map(({ slots }) => slots[i]!))),
  };
}

/** Updates tensors as lists of numbers: a scalar meets [out, in, 1] one element at a time in ONNX Runtime 1.30. */
function asLists(
  g: GraphBuilder,
  whole: readonly Value[],
  update: (lists: readonly Value[]) => UpdatedParameter,
): UpdatedParameter {
  const shape = whole[0]!.shape.map(Number);
  const { parameter, slots } = update(whole.map((value) => g.reshape(value, [elementCount(shape)])));
  return { parameter: g.reshape(parameter, shape), slots: slots.map((slot) => g.reshape(slot, shape)) };
}

/** Name of the output with the gradients' global norm before clipping. */
export const GRADIENT_NORM = 'gradient_norm';

/**
 * Writes the end of a step: norm, clipping, and every parameter's update; declares the slots and scalars as inputs, and
 * all new state and the norm as outputs.
 *
 * @param at the parameters, their gradients in the same order, and what these are scaled by (`null`: nothing)
 * @returns the state in the order of parameters, each followed by its slots
 */
export function applyUpdate(
  g: GraphBuilder,
  { parameters, gradients, lossScale = null }: ScaledGradients,
  { optimiser, decayScope, clipNormMax, learningRateRatioOf = () => 1 }: UpdateOptions,
): readonly StateTensor[] {
  const moving = gradients.filter((_, i) => learningRateRatioOf(parameters[i]!.name) > 0);
  const scaledNorm = globalNorm(g, moving);
  const norm = lossScale === null ? scaledNorm : g.div(scaledNorm, lossScale);
  g.output(GRADIENT_NORM, norm);
  const clip = clipNormMax === null ? null : clipScale(g, norm, clipNormMax);
  const scale = lossScale === null ? clip : g.div(clip ?? 1, lossScale);
  const scalars = optimiser.scalars.map((name) => g.input(scalarInput(name), 'float32', []));
  const state: StateTensor[] = [];
  const give = (name: string, kind: StateTensor['kind'], value: Value): void => {
    const next = `next.${name}`;
    g.output(next, value);
    state.push({ name, next, shape: value.shape.map(Number), kind });
  };
  parameters.forEach(({ name, value: parameter }, i) => {
    const gradient = gradients[i]!;
    const names = optimiser.slots.map((slot) => `${slot}/${name}`);
    const slots = names.map((slot) => g.input(slot, 'float32', parameter.shape));
    const rules = parameterRules(parameter.shape, decayScope);
    const learningRateRatio = learningRateRatioOf(name);
    const updated = inBlocks(g, [parameter, gradient, ...slots], optimiser.isElementwise, (block) => {
      const [old, slope, ...rest] = block;
      const next = optimiser.update(g, {
        parameter: old!,
        gradient: scale === null ? slope! : g.mul(slope!, scale),
        slots: rest,
        scalars,
        ...rules,
      });
      if (learningRateRatio === 1) return next;
      return { ...next, parameter: g.add(old!, g.mul(learningRateRatio, g.sub(next.parameter, old!))) };
    });
    give(name, 'parameter', updated.parameter);
    names.forEach((slot, j) => {
      give(slot, 'slot', updated.slots[j]!);
    });
  });
  return state;
}
