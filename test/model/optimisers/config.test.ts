import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOptimiser, optimiserSchema, scheduleSchema } from '../../../model/optimisers/config.ts';

test('optimiserSchema fills in the published values', () => {
  assert.deepEqual(optimiserSchema.parse({ kind: 'adam' }), {
    kind: 'adam',
    beta1: 0.92619,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 4.6701e-3,
    decayScope: 'all',
  });
  assert.deepEqual(optimiserSchema.parse({ kind: 'lars' }), {
    kind: 'lars',
    momentum: 0.9,
    trustRatio: 0.001,
    weightDecay: 1.5e-6,
    decayScope: 'matrices',
  });
});

test('scheduleSchema fills in the published values', () => {
  assert.deepEqual(scheduleSchema.parse({ kind: 'plateau' }), {
    kind: 'plateau',
    learningRate: 3.921e-3,
    warmUpLength: 10,
    startRatio: 1e-5,
    factor: 0.1125,
    patience: 3,
    threshold: 1e-4,
  });
});

test('createOptimiser() makes what the kind says', () => {
  const slotsOf = (kind: string): readonly string[] => createOptimiser(optimiserSchema.parse({ kind })).slots;
  assert.deepEqual(slotsOf('adam'), ['mean', 'variance']);
  assert.deepEqual(slotsOf('adamW'), ['mean', 'variance']);
  assert.deepEqual(slotsOf('sgd'), ['velocity']);
  assert.deepEqual(slotsOf('lars'), ['velocity']);
});

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['an unknown kind', { kind: 'adagrad' }],
  ['an unknown key', { kind: 'adam', momentum: 0.9 }],
  ['a beta of 1', { kind: 'adam', beta2: 1 }],
  ['an epsilon of 0', { kind: 'adamW', epsilon: 0 }],
  ['negative decay', { kind: 'sgd', weightDecay: -1 }],
  ['Nesterov without momentum', { kind: 'sgd', momentum: 0, isNesterov: true }],
];
for (const [what, config] of REFUSED) {
  test(`optimiserSchema refuses ${what}`, () => {
    assert.ok(!optimiserSchema.safeParse(config).success);
  });
}

test('scheduleSchema refuses a descent of no length, a factor of 1 and a rate of 0', () => {
  for (const config of [
    { kind: 'cosine', learningRate: 1, decayLength: 0 },
    { kind: 'plateau', factor: 1 },
    { kind: 'constant', learningRate: 0 },
  ])
    assert.ok(!scheduleSchema.safeParse(config).success);
});
