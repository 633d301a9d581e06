import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from './evaluate/erf.ts';
import { evaluateGraph } from './evaluate-graph.ts';
import { graphOf } from './run-graph.ts';

/** @source `math.erf` of Python 3, which is the C library's */
const ERF = [
  [0, 0],
  [0.5, 0.5204998778130465],
  [-1, -0.8427007929497149],
  [2, 0.9953222650189527],
  [3.5, 0.9999992569016276],
  [7, 1],
] as const;

test('erf() is right to the last digits of float64', () => {
  for (const [x, want] of ERF) {
    // Twenty terms of one sign, each rounded once, and an exponential.
    assert.ok(Math.abs(erf(x) - want) <= 1e-15, `erf(${x}) is ${erf(x)}, not ${want}`);
  }
});

const SUM = graphOf('sum', (g) => {
  const x = g.input('x', 'float32', ['batch', 'length+1']);
  return { y: g.reduceSum(g.slice(x, 1, 1), [1]), z: g.full(2, ['length']) };
});

test('evaluateGraph() binds symbols by what is fed', () => {
  const results = evaluateGraph(SUM, new Map([['x', { shape: [1, 3], data: Float64Array.of(1, 2, 0.5) }]]));
  assert.deepEqual(results.get('y'), { shape: [1], data: Float64Array.of(2.5) });
  assert.deepEqual(results.get('z'), { shape: [2], data: Float64Array.of(2, 2) });
});

test('evaluateGraph() refuses feeds that are missing or do not fit', () => {
  assert.throws(() => evaluateGraph(SUM, new Map()), /"x" as float32\[batch, length\+1\] must be fed/);
  const flat = { shape: [3], data: Float64Array.of(1, 2, 3) };
  assert.throws(
    () => evaluateGraph(SUM, new Map([['x', flat]])),
    /its shape must be .*: current value is \[3\]/,
  );
});
