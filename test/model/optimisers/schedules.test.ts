import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleSchema } from '../../../model/optimisers/config.ts';
import { createSchedule, scheduleStateSchema } from '../../../model/optimisers/schedules.ts';
import type { Schedule } from '../../../model/optimisers/schedules.ts';

function scheduleOf(config: unknown): Schedule {
  return createSchedule(scheduleSchema.parse(config));
}

/** The rate of each epoch, and of the one after the last loss. */
function ratesOver(schedule: Schedule, losses: readonly number[]): number[] {
  let state = schedule.initial;
  const rates = [schedule.rateAt(state, 1)];
  for (const loss of losses) {
    state = schedule.observe(state, loss);
    rates.push(schedule.rateAt(state, 1));
  }
  return rates;
}

/** Powers of 2 for rates, factors and lengths, so that the values are exact. */
const PLATEAU = { kind: 'plateau', learningRate: 8, warmUpLength: 0, factor: 0.5, patience: 2 };

test('A constant schedule warms up by steps, evenly, and then stays', () => {
  const schedule = scheduleOf({
    kind: 'constant',
    learningRate: 8,
    unit: 'steps',
    warmUpLength: 4,
    startRatio: 0,
  });
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 1000].map((step) => schedule.rateAt(schedule.initial, step)),
    [0, 2, 4, 6, 8, 8, 8],
  );
});

test('A constant schedule without warm-up is the full rate at once', () => {
  const schedule = scheduleOf({ kind: 'constant', learningRate: 8 });
  assert.equal(schedule.rateAt(schedule.initial, 1), 8);
});

test('A warm-up by epochs starts at its ratio and does not look at the step', () => {
  const schedule = scheduleOf({ kind: 'constant', learningRate: 8, warmUpLength: 2, startRatio: 0.5 });
  assert.deepEqual(ratesOver(schedule, [1, 1, 1]), [4, 6, 8, 8]);
  assert.equal(schedule.rateAt(schedule.initial, 500), 4);
});

test('A cosine schedule warms up, descends along half a cosine and stays at its floor', () => {
  const schedule = scheduleOf({
    kind: 'cosine',
    learningRate: 8,
    unit: 'steps',
    warmUpLength: 2,
    startRatio: 0.5,
    decayLength: 4,
    floorRatio: 0.25,
  });
  const want = [4, 6, 8, 2 + 3 * (1 + Math.SQRT1_2), 5, 2 + 3 * (1 - Math.SQRT1_2), 2, 2];
  want.forEach((rate, i) => {
    // A cosine of float64 is right to the last bits.
    assert.ok(Math.abs(schedule.rateAt(schedule.initial, i + 1) - rate) < 1e-14, `step ${i + 1}`);
  });
});

test('A plateau schedule reduces the rate after more than `patience` epochs without gain, again and again', () => {
  const schedule = scheduleOf(PLATEAU);
  assert.deepEqual(ratesOver(schedule, [1, 1, 1, 1, 1, 1, 1]), [8, 8, 8, 8, 4, 4, 4, 2]);
});

test('A plateau schedule counts anew after a gain', () => {
  assert.deepEqual(ratesOver(scheduleOf(PLATEAU), [1, 1, 1, 0.5, 1, 1, 1]), [8, 8, 8, 8, 8, 8, 8, 4]);
});

test('A plateau schedule takes only losses below the threshold for a gain', () => {
  const config = { ...PLATEAU, patience: 0, threshold: 0.25 };
  assert.deepEqual(ratesOver(scheduleOf(config), [4, 3, 2.99]), [8, 8, 4, 4]);
});

test('A plateau schedule takes what is not finite for no gain', () => {
  const config = { ...PLATEAU, patience: 0 };
  assert.deepEqual(
    ratesOver(scheduleOf(config), [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 1]),
    [8, 4, 2, 1, 1],
  );
});

test('The published schedule warms up for ten epochs, whose losses do not count, and then reduces', () => {
  const schedule = scheduleOf({ kind: 'plateau' });
  const rates = ratesOver(schedule, [...new Array<number>(10).fill(0.001), 5, 5, 5, 5, 5]);
  const want = [
    ...Array.from({ length: 10 }, (_, epoch) => 3.921e-3 * (1e-5 + (0.99999 * epoch) / 10)),
    ...new Array<number>(5).fill(3.921e-3),
    3.921e-3 * 0.1125,
  ];
  assert.equal(rates.length, want.length);
  rates.forEach((rate, epoch) => {
    // The products may be rounded in another order.
    assert.ok(Math.abs(rate / (want[epoch] ?? Number.NaN) - 1) < 1e-14, `epoch ${epoch}`);
  });
});

test('A state goes through JSON, and the schedule goes on from it as if nothing had happened', () => {
  const losses = [1, 1, 1, 1, 0.5, 1];
  const schedule = scheduleOf(PLATEAU);
  let kept = schedule.initial;
  let stored = schedule.initial;
  for (const loss of losses) {
    kept = schedule.observe(kept, loss);
    stored = scheduleStateSchema.parse(JSON.parse(JSON.stringify(schedule.observe(stored, loss))));
    assert.deepEqual(stored, kept);
  }
});
