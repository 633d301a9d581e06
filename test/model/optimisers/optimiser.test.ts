import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../model/index.ts';
import type { Value } from '../../../model/index.ts';
import { createOptimiser, optimiserSchema } from '../../../model/optimisers/config.ts';
import type { ParameterUpdate } from '../../../model/optimisers/optimiser.ts';

const KINDS = ['adam', 'adamW', 'sgd', 'lars'] as const;

for (const kind of KINDS) {
  const optimiser = createOptimiser(optimiserSchema.parse({ kind }));

  const updateOf = (g: GraphBuilder): ParameterUpdate => {
    const input = (name: string, shape: readonly number[]): Value => g.input(name, 'float32', shape);
    return {
      parameter: input('parameter', [3, 2]),
      gradient: input('gradient', [3, 2]),
      slots: optimiser.slots.map((name) => input(name, [3, 2])),
      scalars: optimiser.scalars.map((name) => input(name, [])),
      isDecayed: true,
      isAdapted: true,
    };
  };

  test(`${kind} returns values of the parameter's shape, and as many scalars and slots as it names`, () => {
    const g = new GraphBuilder(kind);
    const { parameter, slots } = optimiser.update(g, updateOf(g));
    assert.equal(slots.length, optimiser.slots.length);
    for (const { shape } of [parameter, ...slots]) assert.deepEqual(shape, [3, 2]);
    assert.equal(optimiser.scalarsAt(1, 0.1).length, optimiser.scalars.length);
  });

  test(`${kind} refuses what would broadcast, and what is missing`, () => {
    const g = new GraphBuilder(kind);
    const at = updateOf(g);
    const [row, cell] = [g.input('row', 'float32', [2]), g.input('cell', 'float32', [1])];
    assert.throws(
      () => optimiser.update(g, { ...at, gradient: row }),
      /Cannot update a parameter as its gradient must be float32\[3, 2\]: current value is float32\[2\]/,
    );
    assert.throws(() => optimiser.update(g, { ...at, slots: at.slots.map(() => row) }), /its slots must be/);
    assert.throws(
      () => optimiser.update(g, { ...at, slots: [...at.slots, at.gradient] }),
      new RegExp(`its slots must be \\[${optimiser.slots.join(', ')}\\]`),
    );
    assert.throws(
      () => optimiser.update(g, { ...at, scalars: at.scalars.map(() => cell) }),
      /its scalars must be float32\[\]: current value is float32\[1\]/,
    );
    assert.throws(() => optimiser.update(g, { ...at, scalars: [] }), /its scalars must be \[.*\]/);
  });
}
