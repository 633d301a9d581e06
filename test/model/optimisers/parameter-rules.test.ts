import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parameterRules } from '../../../model/optimisers/parameter-rules.ts';

const MATRICES = [
  [3, 2],
  [64, 3, 3],
  [1, 1],
];
const OTHERS = [[3], []];

test('parameterRules() lets every parameter decay in the scope "all"', () => {
  for (const shape of [...MATRICES, ...OTHERS]) assert.ok(parameterRules(shape, 'all').isDecayed);
});

test('parameterRules() leaves biases, norms and temperatures without decay in the scope "matrices"', () => {
  for (const shape of MATRICES) assert.ok(parameterRules(shape, 'matrices').isDecayed);
  for (const shape of OTHERS) assert.ok(!parameterRules(shape, 'matrices').isDecayed);
});

test('parameterRules() adapts parameters of two axes or more, whatever decays', () => {
  for (const scope of ['all', 'matrices'] as const) {
    for (const shape of MATRICES) assert.ok(parameterRules(shape, scope).isAdapted);
    for (const shape of OTHERS) assert.ok(!parameterRules(shape, scope).isAdapted);
  }
});
