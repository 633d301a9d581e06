import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Alert, Metadata } from '../../../core/index.ts';
import {
  attach,
  createObjectState,
  mergeAlert,
  newestStateView,
  stateViewAt,
} from '../../../streams/index.ts';
import type { ObjectLimits, ObjectState, StateOutcome } from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';

const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };
const EMPTY = createObjectState({ survey: 'ztf', objectId: 'ZTF18abcdefg' });

interface Run {
  readonly state: ObjectState;
  readonly outcomes: readonly StateOutcome[];
}

function mergeAll(alerts: readonly Alert[], limits: ObjectLimits, from = EMPTY): Run {
  let state = from;
  const outcomes = alerts.map((alert) => {
    const merged = mergeAlert(state, alert, limits);
    state = merged.state;
    return merged.outcome;
  });
  return { state, outcomes };
}

function mergedOutcome(outcome: StateOutcome | undefined): Extract<StateOutcome, { kind: 'merged' }> {
  assert.equal(outcome?.kind, 'merged');
  return outcome;
}

function fluxes(outcome: StateOutcome | undefined): readonly number[] {
  return mergedOutcome(outcome).view.lightCurve.points.map((point) => point.fluxNjy);
}

test('mergeAlert() counts each alert once, and a repeated history once', () => {
  const first = alertOf({ mjd: 10, index: 0 });
  const second = alertOf({ mjd: 11, index: 1, history: [{ mjd: 10, alertId: 10_000n }] });
  const { outcomes } = mergeAll([first, second], WIDE);
  const [a, b] = outcomes.map(mergedOutcome);
  assert.deepEqual([a?.view.revision, a?.pointsAdded, a?.pointsDropped], [1, 1, 0]);
  assert.deepEqual([b?.view.revision, b?.pointsAdded, b?.pointsDropped], [2, 1, 0]);
  assert.deepEqual(
    b?.view.lightCurve.points.map((point) => [point.mjdTai, point.alertId]),
    [
      [10, 10_000n],
      [11, 11_000n],
    ],
  );
});

test('mergeAlert() gives a packet that comes again its own revision and view', () => {
  const alerts = [10, 11, 12].map((mjd, index) => alertOf({ mjd, index }));
  const { state, outcomes } = mergeAll(alerts, WIDE);
  const again = mergeAll(alerts, WIDE, state);
  assert.equal(again.state, state);
  again.outcomes.forEach((outcome, i) => {
    const merged = mergedOutcome(outcome);
    assert.equal(merged.isRedelivered, true);
    assert.deepEqual(merged.view, mergedOutcome(outcomes[i]).view);
  });
});

test('mergeAlert() calls the same alert from another position a duplicate of its revision', () => {
  const { state } = mergeAll([alertOf({ mjd: 10 }), alertOf({ mjd: 11, index: 1 })], WIDE);
  const copy = mergeAlert(state, alertOf({ mjd: 11, file: 'copy.avro' }), WIDE);
  assert.deepEqual(copy.outcome, { kind: 'duplicate', revision: 2 });
  assert.equal(copy.state, state);
});

test('mergeAlert() tells alerts without an id apart by time and band', () => {
  const sketch = { alertId: null, mjd: 10 };
  const { outcomes } = mergeAll(
    [
      alertOf({ ...sketch, band: 'g' }),
      alertOf({ ...sketch, band: 'r', index: 1 }),
      alertOf({ ...sketch, band: 'r', index: 2 }),
    ],
    WIDE,
  );
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind),
    ['merged', 'merged', 'duplicate'],
  );
});

test('mergeAlert() marks a late alert, at its own position with all points known so far', () => {
  const { state, outcomes } = mergeAll(
    [
      alertOf({ mjd: 12, raDeg: 150.1, metadata: { hostMag: 12 } }),
      alertOf({ mjd: 10, raDeg: 150.2, index: 1 }),
    ],
    WIDE,
  );
  const late = mergedOutcome(outcomes[1]);
  assert.equal(late.isLate, true);
  assert.equal(late.view.lightCurve.raDeg, 150.2);
  assert.deepEqual(late.view.packetMetadata, { hostMag: 12 });
  assert.equal(late.view.lightCurve.points.length, 2);
  assert.equal(newestStateView(state, WIDE).lightCurve.raDeg, 150.1);
});

test('mergeAlert() takes a recalibrated value from the newest packet, whichever comes first', () => {
  const old = alertOf({ mjd: 11, index: 0, history: [{ mjd: 9, alertId: 9n, flux: 1 }] });
  const recalibrated = alertOf({ mjd: 12, index: 1, history: [{ mjd: 9, alertId: 9n, flux: 2 }] });
  const inOrder = mergeAll([old, recalibrated], WIDE);
  assert.deepEqual(fluxes(inOrder.outcomes[0]), [1, 100]);
  assert.deepEqual(fluxes(inOrder.outcomes[1]), [2, 100, 100]);
  assert.deepEqual(fluxes(mergeAlert(inOrder.state, old, WIDE).outcome), [1, 100]);
  const reversed = mergeAll([recalibrated, old], WIDE);
  assert.deepEqual(fluxes(reversed.outcomes[1]), [2, 100, 100]);
});

test('mergeAlert() rejects an alert older than the retention, but not one that comes again', () => {
  const limits = { ...WIDE, retentionDays: 30 };
  const first = alertOf({ mjd: 10 });
  const { state, outcomes } = mergeAll([first, alertOf({ mjd: 50, index: 1 })], limits);
  assert.deepEqual(fluxes(outcomes[1]), [100]);
  assert.equal(mergedOutcome(outcomes[1]).pointsDropped, 1);
  assert.equal(mergedOutcome(mergeAlert(state, first, limits).outcome).isRedelivered, true);
  const tooLate = mergeAlert(state, alertOf({ mjd: 15, index: 2 }), limits).outcome;
  assert.equal(tooLate.kind, 'tooLate');
  assert.match(tooLate.reason, /^Cannot merge an alert as .*retentionDays 30: current value is 35\.0 days$/);
});

test('mergeAlert() keeps the newest points up to the limit', () => {
  const limits = { ...WIDE, pointsMax: 3 };
  const { outcomes } = mergeAll(
    [10, 11, 12, 13, 14].map((mjd, index) => alertOf({ mjd, index })),
    limits,
  );
  assert.deepEqual(
    mergedOutcome(outcomes[4]).view.lightCurve.points.map((point) => point.mjdTai),
    [12, 13, 14],
  );
});

test('mergeAlert() stays bounded however many alerts come', () => {
  const limits: ObjectLimits = { pointsMax: 8, retentionDays: 3650, redeliveryPacketsMax: 4 };
  const alerts = Array.from({ length: 200 }, (_, index) => alertOf({ mjd: 10 + index, index }));
  const { state } = mergeAll(alerts, limits);
  assert.equal(state.revision, 200);
  assert.ok(state.points.length <= 8 + 4, `${state.points.length} points`);
  assert.ok(state.records.length <= 8 + 1 + 4, `${state.records.length} records`);
  assert.equal(state.records.filter((record) => record.detail !== null).length, 5);
});

test('mergeAlert() stays bounded where each packet brings a whole new history', () => {
  const limits: ObjectLimits = { pointsMax: 10, retentionDays: 36_500, redeliveryPacketsMax: 50 };
  const alerts = Array.from({ length: 50 }, (_, index) =>
    alertOf({
      mjd: 100 * index + 99.5,
      index,
      history: Array.from({ length: 99 }, (_unused, i) => ({ mjd: 100 * index + i, alertId: BigInt(i) })),
    }),
  );
  const { state, outcomes } = mergeAll(alerts, limits);
  assert.ok(state.points.length <= 4 * 50, `${state.points.length} points`);
  assert.ok(outcomes.every((outcome) => fluxes(outcome).length === 10));
});

test('attach() takes a revision, once', () => {
  const { state } = mergeAll([alertOf({ mjd: 10 })], WIDE);
  const spectrum = { kind: 'spectrum', id: 'sn.fits' } as const;
  const attached = attach(state, spectrum, WIDE);
  assert.deepEqual([attached.revision, attached.isRedelivered], [2, false]);
  const next = mergeAlert(attached.state, alertOf({ mjd: 11, index: 1 }), WIDE);
  assert.equal(mergedOutcome(next.outcome).view.spectrumId, 'sn.fits');
  assert.equal(stateViewAt(next.state, 1, WIDE).spectrumId, null);
  const again = attach(next.state, spectrum, WIDE);
  assert.deepEqual([again.state, again.revision, again.isRedelivered], [next.state, 2, true]);
  const record = attach(next.state, { kind: 'metadata', id: 'sn.fits', metadata: {} }, WIDE);
  assert.deepEqual([record.revision, record.isRedelivered], [4, false]);
});

/** Metadata records, each as its own revision. */
function attachRecords(state: ObjectState, records: readonly Metadata[], limits = WIDE): ObjectState {
  return records.reduce(
    (before, metadata, i) => attach(before, { kind: 'metadata', id: `r${i}`, metadata }, limits).state,
    state,
  );
}

test('attach() adds metadata records up field by field, the later ones over the earlier', () => {
  const { state } = mergeAll([alertOf({ mjd: 10 })], WIDE);
  const joined = attachRecords(state, [
    { hostRedshift: 0.1, hostMag: 20 },
    { hostRedshift: 0.2, jMag: 12 },
    { jMag: 13 },
  ]);
  const views = [1, 2, 3, 4].map((revision) => stateViewAt(joined, revision, WIDE).joinedMetadata);
  assert.deepEqual(views, [
    {},
    { hostRedshift: 0.1, hostMag: 20 },
    { hostRedshift: 0.2, hostMag: 20, jMag: 12 },
    { hostRedshift: 0.2, hostMag: 20, jMag: 13 },
  ]);
});

test('attach() stays bounded however many records come, and forgets no value', () => {
  const limits: ObjectLimits = { pointsMax: 8, retentionDays: 3650, redeliveryPacketsMax: 4 };
  const { state } = mergeAll([alertOf({ mjd: 10 })], limits);
  const records = Array.from({ length: 200 }, (_, i) => (i === 0 ? { hostMag: 20 } : { jMag: i }));
  const joined = attachRecords(state, records, limits);
  assert.ok(joined.joins.length <= 4 + 1, `${joined.joins.length} joins`);
  for (let revision = joined.reproducibleFrom; revision <= joined.revision; revision++) {
    assert.deepEqual(stateViewAt(joined, revision, limits).joinedMetadata, {
      hostMag: 20,
      jMag: revision - 2,
    });
  }
});

test('createObjectState() shows what waited from the first revision on', () => {
  const waiting = [
    { kind: 'metadata', id: 'a', metadata: { hostMag: 20, jMag: 1 } },
    { kind: 'spectrum', id: 'old.fits' },
    { kind: 'spectrum', id: 'new.fits' },
    { kind: 'metadata', id: 'b', metadata: { jMag: 2 } },
  ] as const;
  const empty = createObjectState({ survey: 'ztf', objectId: 'ZTF18abcdefg', waiting });
  const { view } = mergedOutcome(mergeAll([alertOf({ mjd: 10 })], WIDE, empty).outcomes[0]);
  assert.deepEqual(
    [view.revision, view.spectrumId, view.joinedMetadata],
    [1, 'new.fits', { hostMag: 20, jMag: 2 }],
  );
});

test('stateViewAt() refuses a revision that is not kept', () => {
  assert.throws(() => stateViewAt(EMPTY, 1, WIDE), RangeError);
});

/** Alerts of one object on a coarse grid of times, so that they overlap, tie and contradict each other. */
const alertsArbitrary = fc
  .array(
    fc.record({
      mjd: fc.integer({ min: 0, max: 12 }),
      id: fc.constantFrom(null, 1n, 2n, 'a'),
      band: fc.constantFrom('g', 'r'),
      raDeg: fc.integer({ min: 0, max: 2 }),
      hostMag: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      history: fc.array(
        fc.record({
          mjd: fc.integer({ min: 0, max: 13 }),
          band: fc.constantFrom('g', 'r'),
          kind: fc.constantFrom('detection', 'forced', 'upperLimit'),
          flux: fc.integer({ min: 0, max: 2 }),
        }),
        { maxLength: 6 },
      ),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((sketches) =>
    sketches.map(({ id, hostMag, ...sketch }, index) =>
      alertOf({ ...sketch, alertId: id, index, metadata: hostMag === undefined ? {} : { hostMag } }),
    ),
  );

const limitsArbitrary: fc.Arbitrary<ObjectLimits> = fc.record({
  pointsMax: fc.integer({ min: 1, max: 6 }),
  retentionDays: fc.integer({ min: 1, max: 14 }),
  redeliveryPacketsMax: fc.integer({ min: 1, max: 6 }),
});

test('the last light curve is a function of the set of alerts: any order ends with the same', () => {
  fc.assert(
    fc.property(
      alertsArbitrary.chain((alerts) =>
        fc.tuple(fc.constant(alerts), fc.shuffledSubarray(alerts, { minLength: alerts.length })),
      ),
      limitsArbitrary,
      ([alerts, shuffled], limits) => {
        const [a, b] = [alerts, shuffled].map((order) => {
          return { ...newestStateView(mergeAll(order, limits).state, limits), revision: null };
        });
        assert.deepEqual(a, b);
      },
    ),
    { seed: 1, numRuns: 3000 },
  );
});

test('a suffix within the redelivery window, merged again, has the same outcomes', () => {
  fc.assert(
    fc.property(alertsArbitrary, limitsArbitrary, fc.nat(14), (alerts, limits, wanted) => {
      const { state, outcomes } = mergeAll(alerts, limits);
      // The window is shorter where its views together would take too much.
      fc.pre(state.reproducibleFrom <= Math.max(1, state.revision - limits.redeliveryPacketsMax));
      const length = Math.min(wanted, limits.redeliveryPacketsMax, alerts.length);
      const start = alerts.length - length;
      const again = mergeAll(alerts.slice(start), limits, state);
      assert.deepEqual(again.state, state);
      again.outcomes.forEach((outcome, i) => {
        const first = outcomes[start + i];
        if (first?.kind !== 'merged') {
          // What was a duplicate may have become too late meanwhile; neither is scored.
          assert.ok(
            outcome.kind === first?.kind || (outcome.kind === 'tooLate' && first?.kind === 'duplicate'),
          );
          if (outcome.kind === 'duplicate') assert.deepEqual(outcome, first);
          return;
        }
        const { isLate, view } = mergedOutcome(outcome);
        assert.deepEqual({ isLate, view }, { isLate: first.isLate, view: first.view });
      });
    }),
    { seed: 2, numRuns: 3000 },
  );
});
