import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossPlot } from '../../../../model/training/run/loss-plot.ts';
import { LossSeries } from '../../../../model/training/run/loss-series.ts';

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
