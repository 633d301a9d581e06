import assert from 'node:assert/strict';
import { test } from 'node:test';
import { architectureFromConfig, paperGraphs, PAPER_LAYOUTS } from '../../../model/index.ts';
import { sampledKeys, spectraLength } from '../../../model/paper/architecture.ts';
import { paperParameters } from '../../../model/paper/graphs.ts';
import { positionalEncoding } from '../../../model/paper/positional-encoding.ts';

const published = architectureFromConfig({});

function count(prefix: string): number {
  const shapes = [...paperParameters({ architecture: published, layout: 'reference' })];
  return shapes
    .filter(([name]) => name.startsWith(prefix))
    .reduce((total, [, shape]) => total + shape.reduce((product, size) => product * size, 1), 0);
}

test('The paper profile has 15,869,827 parameters at the published sizes, block by block as published', () => {
  assert.equal(count('photometry_encoder.'), 1_589_888);
  assert.equal(count('photometry_proj.'), 13_107_712);
  assert.equal(count('spectra_encoder.'), 22_272);
  assert.equal(count('spectra_proj.'), 606_720);
  assert.equal(count('metadata_encoder.'), 280_576);
  assert.equal(count('metadata_proj.'), 262_656);
  assert.equal(count('logit_scale_'), 3);
  assert.equal(count(''), 15_869_827);
});

test('Both layouts and both kinds of attention have the same parameters', () => {
  const names = PAPER_LAYOUTS.flatMap((layout) =>
    (['prob', 'full'] as const).map((attention) =>
      [...paperParameters({ architecture: { ...published, attention }, layout }).keys()].join(),
    ),
  );
  assert.equal(new Set(names).size, 1);
});

test('sampledKeys() is 6 of 200 steps, 4 of 40, and never more than there are', () => {
  const of = (length: number, factor = 1): number => sampledKeys({ ...published.photometry, length, factor });
  assert.deepEqual([of(200), of(40), of(3, 9), of(1)], [6, 4, 3, 1]);
});

test('spectraLength() is 37 of 2575 samples', () => {
  assert.equal(spectraLength(published.spectra), 37);
});

test('positionalEncoding() begins with sin 0 = 0 and cos 0 = 1, and the first frequency is 1', () => {
  const encoding = positionalEncoding(3, 4);
  assert.deepEqual(Array.from(encoding.subarray(0, 4)), [0, 1, 0, 1]);
  assert.ok(Math.abs((encoding[8] ?? 0) - Math.sin(2)) < 1e-7);
  assert.ok(Math.abs((encoding[10] ?? 0) - Math.sin(0.02)) < 1e-7);
});

test('architectureFromConfig() refuses sizes that do not fit together, and other activations', () => {
  assert.throws(() => architectureFromConfig({ p_n_heads: 3 }), /heads must divide/);
  assert.throws(() => architectureFromConfig({ p_activation: 'relu' }), /gelu/);
  assert.throws(() => architectureFromConfig({ p_d_model: 1e9 }), /Too big/);
  assert.throws(() => architectureFromConfig({ s_mp_kernel_size: 60 }), /longer than what is cut/);
});

test('paperGraphs() take the sampled keys as an input with sparse attention alone', () => {
  const inputs = (attention: 'prob' | 'full'): readonly string[] =>
    paperGraphs({ architecture: { ...published, attention }, layout: 'reference' }).photometry.inputs.map(
      ({ name }) => name,
    );
  assert.deepEqual(inputs('prob'), ['photometry', 'mask', 'index_sample']);
  assert.deepEqual(inputs('full'), ['photometry', 'mask']);
});
