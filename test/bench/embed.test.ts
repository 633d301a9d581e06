import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curvesOfLength, medianSpanDays, stretched } from '../../bench/embed/curves.ts';
import { embedBench } from '../../bench/embed/compare.ts';
import { lightCurve, point } from '../helpers/joined-object.ts';

const daily = (count: number, survey: string): ReturnType<typeof lightCurve> =>
  lightCurve(
    Array.from({ length: count }, (_, i) => point(60_000 + i, i)),
    survey,
  );

test('curvesOfLength() thins curves evenly, surveys in turn, and repeats them to the count', () => {
  const set = curvesOfLength([daily(9, 'a'), daily(4, 'b'), daily(3, 'c')], { points: 4, count: 5 });
  assert.deepEqual(
    set.curves.map(({ survey, points }) => [survey, ...points.map(({ fluxNjy }) => fluxNjy)]),
    [
      ['a', 0, 2, 4, 6],
      ['b', 0, 1, 2, 3],
      ['a', 1, 3, 5, 7],
      ['a', 0, 2, 4, 6],
      ['b', 0, 1, 2, 3],
    ],
  );
  assert.equal(medianSpanDays(set), 6);
  assert.throws(() => curvesOfLength([daily(3, 'a')], { points: 4, count: 1 }), /no object has as many/);
});

test('stretched() gives a curve the span that is wanted and leaves its order', () => {
  const { points } = stretched(daily(5, 'a'), 365);
  assert.deepEqual(
    points.map(({ mjdTai }) => mjdTai),
    [60_000, 60_091.25, 60_182.5, 60_273.75, 60_365],
  );
});

test('embedBench() gives rates and times of both profiles, and names a length without objects', async () => {
  const { figures, text, config } = await embedBench({
    isSimulated: true,
    simulatedAlerts: 20,
    rounds: 1,
    batches: [1, 3],
    lengths: [12, 5000],
    attentions: ['prob'],
    warmUpMs: 0,
    countedMs: 0,
    onProgress: () => undefined,
  });
  assert.equal(config['data'], 'simulated');
  for (const name of ['alerts.12', 'paper.prob']) {
    for (const figure of ['preparationMs', 'encoderMs.1', 'encoderMs.3', 'embeddingsPerSecond.3'])
      assert.ok((figures[`${name}.${figure}`]?.raw[0] ?? 0) > 0, `${name}.${figure}`);
  }
  assert.ok((figures['stream.coldMs']?.raw[0] ?? 0) > 0 && (figures['stream.keptMs']?.raw[0] ?? 0) > 0);
  assert.ok((figures['stream.keptRatio']?.raw[0] ?? 1) <= (figures['stream.coldRatio']?.raw[0] ?? 0));
  assert.match(text, /No object has 5000 points/);
});
