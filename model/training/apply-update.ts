import type { GraphBuilder } from '../ir/builder.ts';
import type { NamedValue, Value } from '../ir/types.ts';
import { clipScale, globalNorm } from '../optimisers/clip-norm.ts';
import type { Optimiser } from '../optimisers/optimiser.ts';
import { parameterRules } from '../optimisers/parameter-rules.ts';
import type { DecayScope } from '../optimisers/parameter-rules.ts';

export interface UpdateOptions {
  readonly optimiser: Optimiser;
  readonly decayScope: DecayScope;
  /** Largest global norm of the gradients; `null` leaves them as they are. */
  readonly clipNormMax: number | null;
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

/** Name of the output with the gradients' global norm before clipping. */
export const GRADIENT_NORM = 'gradient_norm';

/**
 * Writes the end of a step: norm, clipping, and every parameter's update; declares the slots and scalars as inputs, and
 * all new state and the norm as outputs.
 *
 * @param gradients of the parameters, in their order
 * @returns the state in the order of parameters, each followed by its slots
 */
export function applyUpdate(
  g: GraphBuilder,
  {
    parameters,
    gradients,
  }: { readonly parameters: readonly NamedValue[]; readonly gradients: readonly Value[] },
  { optimiser, decayScope, clipNormMax }: UpdateOptions,
): readonly StateTensor[] {
  const norm = globalNorm(g, gradients);
  g.output(GRADIENT_NORM, norm);
  const scale = clipNormMax === null ? null : clipScale(g, norm, clipNormMax);
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
    const updated = optimiser.update(g, {
      parameter,
      gradient: scale === null ? gradient : g.mul(gradient, scale),
      slots: names.map((slot) => g.input(slot, 'float32', parameter.shape)),
      scalars,
      ...parameterRules(parameter.shape, decayScope),
    });
    give(name, 'parameter', updated.parameter);
    names.forEach((slot, j) => {
      give(slot, 'slot', updated.slots[j]!);
    });
  });
  return state;
}
