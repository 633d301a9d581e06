import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossPlot } from '../../../../model/training/run/loss-plot.ts';
import { LossSeries } from '../../../../model/training/run/loss-series.ts';
import { axisFor, positionOn, ticksOf } from '../../../../model/training/run/plot-ticks.ts';

test('LossSeries keeps every loss of a short training, and means of a long one', () => {
  const short = new LossSeries();
  short.add(1, 3);
  short.add(2, 1);
  assert.deepEqual(short.points, [
    { step: 1, loss: 3, steps: 1 },
    { step: 2, loss: 1, steps: 1 },
  ]);
  const long = new LossSeries();
  for (let step = 1; step <= 10_001; step++) long.add(step, step);
  assert.ok(long.points.length <= 1024);
  assert.equal(
    long.points.reduce((sum, { steps }) => sum + steps, 0),
    10_001,
  );
  for (const { step, loss } of long.points) assert.equal(loss, step);
});

test('axisFor() leaves a margin, and is logarithmic for values that differ much', () => {
  assert.deepEqual(axisFor([1, 2]), { low: 0.95, high: 2.05, isLogarithmic: false });
  assert.deepEqual(axisFor([0.1, 50]), { low: 0.1, high: 50, isLogarithmic: true });
  assert.equal(axisFor([0, 50]).isLogarithmic, false);
  assert.equal(positionOn({ low: 1, high: 100, isLogarithmic: true }, 10), 0.5);
  assert.equal(positionOn(axisFor([5]), 5), 0.5);
  assert.deepEqual(axisFor([]), { low: 0, high: 1, isLogarithmic: false });
});

test('ticksOf() gives round numbers', () => {
  assert.deepEqual(ticksOf({ low: 0, high: 9, isLogarithmic: false }, 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(ticksOf({ low: -0.05, high: 0.3, isLogarithmic: false }, 5), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticksOf({ low: 1.5, high: 40, isLogarithmic: true }, 6), [2, 5, 10, 20]);
  assert.deepEqual(
    ticksOf({ low: 1e-4, high: 1e4, isLogarithmic: true }, 4),
    [1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 1e4].filter((_, i) => i % 3 === 0),
  );
});

test('lossPlot() draws both curves within the picture, and any text as text', () => {
  const training = [
    { step: 1, loss: 4, steps: 1 },
    { step: 2, loss: 2, steps: 1 },
  ];
  const svg = lossPlot({ title: 'a < b & c', training, validation: [{ step: 2, loss: 3, steps: 1 }] });
  assert.match(svg, /<title>a &lt; b &amp; c<\/title>/);
  assert.match(svg, /<path d="M424 \d+[\d.]*L776 \d+[\d.]*" fill="none" stroke="#4c9be8"/);
  assert.equal(svg.match(/<circle /g)?.length, 1);
  assert.ok(!svg.includes('NaN'));
});

test('lossPlot() draws its frame without any point', () => {
  const svg = lossPlot({ title: 'none', training: [], validation: [] });
  assert.match(svg, /^<svg .*<\/svg>\n$/s);
  assert.ok(!svg.includes('NaN') && !svg.includes('validation'));
});
