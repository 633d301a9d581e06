import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainBench } from '../../bench/train/compare.ts';
import { assertSameWork, FLOAT32_AGREEMENT } from '../../bench/training/same-work.ts';
import { requirePublishedSize } from '../../bench/training/sizes.ts';
import { findTorch } from '../../bench/training/torch.ts';

test('trainBench() gives time, rate and memory of a step by batch, alone where no peer is named', async () => {
  const { n, figures, text, config } = await trainBench({
    sizes: 'tiny',
    rounds: 1,
    batches: [3],
    pieceRows: 2,
    warmUpSteps: 1,
    steps: 1,
    threads: 1,
    python: null,
    onProgress: () => undefined,
  });
  assert.deepEqual(n, { b3: 3 });
  assert.equal(config['torch'], null);
  for (const figure of ['stepMs', 'samplesPerSecond', 'peakMib', 'openMs', 'firstLoss'])
    assert.ok((figures[`b3.nightjar.${figure}`]?.raw[0] ?? 0) > 0, figure);
  assert.match(text, /no Python with torch was found/);
});

test('assertSameWork() refuses a variant whose loss, gradient or size is another one', () => {
  const own = { parameters: 7, firstLoss: 10, firstNorm: 3, secondLoss: 9 };
  const beside = (other: Readonly<Record<string, number>>): void => {
    const outcome = new Map([
      ['nightjar', [own]],
      ['plain', [own, { ...own, ...other }]],
    ]);
    assertSameWork(outcome, () => FLOAT32_AGREEMENT);
  };
  beside({ firstLoss: 10.0005 });
  assert.throws(() => {
    beside({ firstLoss: 10.002 });
  }, /"plain".*firstLoss is 10.002, not 10/);
  assert.throws(() => {
    beside({ firstNorm: NaN });
  }, /firstNorm is NaN/);
  assert.throws(() => {
    beside({ parameters: 8 });
  }, /parameters is 8, not 7/);
});

test('requirePublishedSize() holds the published sizes to their number of parameters', () => {
  requirePublishedSize('paper', 15_869_827);
  requirePublishedSize('tiny', 7);
  assert.throws(() => {
    requirePublishedSize('paper', 7);
  }, /must have 15869827 parameters: current value is 7/);
});

test('findTorch() refuses a named program that has no torch', () => {
  assert.throws(() => findTorch('/nowhere/python'), /cannot import torch/);
});
