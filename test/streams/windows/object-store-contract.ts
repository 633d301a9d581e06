import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../core/index.ts';
import { objectKey } from '../../../core/index.ts';
import { createObjectState, mergeAlert, newestStateView } from '../../../streams/index.ts';
import type { MergeOutcome, ObjectLimits, ObjectState, ObjectStore } from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';
import { metadataContract, waitingContract } from './object-store-join-contract.ts';
import { spectrumContract } from './object-store-spectrum-contract.ts';
import { spectrumOf } from './spectra.ts';
import { merged, WIDE } from './store-under-test.ts';
import type { Contract, StoreUnderTest } from './store-under-test.ts';

async function keysListed(store: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const view of store.objects()) keys.push(view.key);
  return keys;
}

/**
 * What every implementation of the object store must do.
 *
 * @param create gives `null` where a service that it needs is missing, having skipped the test
 */
export function objectStoreContract(
  name: string,
  create: (context: TestContext) => Promise<StoreUnderTest | null>,
): void {
  const contract = (title: string, check: (storage: StoreUnderTest) => Promise<void>): void => {
    test(`${name}: ${title}`, async (context) => {
      const storage = await create(context);
      if (storage === null) return;
      try {
        await check(storage);
      } finally {
        await storage.dispose();
      }
    });
  };
  mergeContract(contract);
  listingContract(contract);
  periodsContract(contract);
  spectrumContract(contract);
  metadataContract(contract);
  waitingContract(contract);
}

function mergeContract(contract: Contract): void {
  contract('merge() gives one outcome per alert, in order', async ({ open }) => {
    const store = await open(WIDE);
    const alerts = [
      alertOf({ mjd: 10 }),
      alertOf({ mjd: 10, objectId: 'ZTF18other', index: 1 }),
      alertOf({ mjd: 11, index: 2 }),
      alertOf({ mjd: 10, file: 'copy' }),
    ];
    const outcomes = await store.merge(alerts);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      ['merged', 'merged', 'merged', 'duplicate'],
    );
    assert.deepEqual(
      outcomes.slice(0, 3).map((outcome) => merged(outcome).view.revision),
      [1, 1, 2],
    );
    await store.close();
  });

  contract(
    'merge() gives a packet its revision and view again after the store was opened anew',
    async ({ open }) => {
      const alerts = Array.from({ length: 5 }, (_, index) =>
        alertOf({ mjd: 10 + ((index * 3) % 5), index, metadata: { hostMag: index } }),
      );
      const first = await open(WIDE);
      const outcomes = await first.merge(alerts);
      await first.close();
      const second = await open(WIDE);
      const again = await second.merge(alerts);
      again.forEach((outcome, i) => {
        const { view, isLate, isRedelivered } = merged(outcome);
        assert.equal(isRedelivered, true);
        assert.deepEqual(
          { view, isLate },
          { view: merged(outcomes[i]).view, isLate: merged(outcomes[i]).isLate },
        );
      });
      await second.close();
    },
  );

  contract('merge() keeps all alerts of a call or none', async ({ open }) => {
    const store = await open(WIDE);
    const failing: Alert = {
      ...alertOf({ mjd: 11, index: 1 }),
      get points(): never {
        throw new Error('no points');
      },
    };
    await assert.rejects(store.merge([alertOf({ mjd: 10 }), failing]), /no points/);
    assert.deepEqual(await keysListed(store), []);
    const [outcome] = await store.merge([alertOf({ mjd: 10 })]);
    assert.equal(merged(outcome).isRedelivered, false);
    await store.close();
  });

  contract('merge() keeps 64-bit ids, texts and every kind of point as they are', async ({ open }) => {
    const store = await open(WIDE);
    const alert = alertOf({
      survey: 'lsst',
      objectId: 9_223_372_036_854_775_807n,
      alertId: -9_223_372_036_854_775_808n,
      mjd: 61_000.123456789,
      history: [
        { mjd: 60_999.1, kind: 'forced', alertId: 'fp-é', flux: -1.1, fluxErr: 1e-30 },
        { mjd: 60_999.2, kind: 'upperLimit', flux: 0, fluxErr: Math.fround(12.3), band: 'g' },
      ],
      metadata: { hostRedshift: 0.1, hostMag: -0.5 },
    });
    const view = merged((await store.merge([alert]))[0]).view;
    assert.deepEqual(view.lightCurve.points, alert.points);
    const stored = await store.object(objectKey('lsst', 9_223_372_036_854_775_807n));
    assert.deepEqual(stored, view);
    await store.close();
  });

  contract('merge() is the fold of mergeAlert() over each object, in whatever batches', async (storage) => {
    const limits: ObjectLimits = { pointsMax: 5, retentionDays: 9, redeliveryPacketsMax: 4 };
    const batches = fc.sample(batchesArbitrary, { seed: 5, numRuns: 12 }).flat();
    const states = new Map<string, ObjectState>();
    let store = await storage.open(limits);
    for (const [i, alerts] of batches.entries()) {
      if (i % 10 === 9) {
        await store.close();
        store = await storage.open(limits);
      }
      const outcomes = await store.merge(alerts);
      const expected = alerts.map((alert) => folded(states, alert, limits));
      assert.deepEqual(outcomes, expected);
    }
    for (const [key, state] of states) {
      const { spectrumId, ...view } = newestStateView(state, limits);
      assert.deepEqual(await store.object(key), { ...view, spectrum: spectrumId });
    }
    await store.close();
  });
}

const batchesArbitrary = fc.array(
  fc.array(
    fc
      .record({
        objectId: fc.constantFrom(1n, 'b', 'c'),
        mjd: fc.integer({ min: 0, max: 12 }),
        index: fc.integer({ min: 0, max: 3 }),
        history: fc.array(
          fc.record({ mjd: fc.integer({ min: 0, max: 12 }), flux: fc.constantFrom(0.1, 1, 2) }),
          { maxLength: 4 },
        ),
      })
      .map(alertOf),
    { maxLength: 6 },
  ),
  { minLength: 1, maxLength: 6 },
);

function folded(states: Map<string, ObjectState>, alert: Alert, limits: ObjectLimits): MergeOutcome {
  const key = objectKey(alert.survey, alert.objectId);
  const { survey, objectId } = alert;
  const before = states.get(key) ?? createObjectState({ survey, objectId });
  const { state, outcome } = mergeAlert(before, alert, limits);
  states.set(key, state);
  if (outcome.kind !== 'merged') return outcome;
  const { spectrumId, ...view } = outcome.view;
  assert.equal(spectrumId, null);
  return { ...outcome, view: { ...view, spectrum: null } };
}

function periodsContract(contract: Contract): void {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  const X = alertOf({ mjd: 10, objectId: 'X' });
  const key = objectKey(X.survey, X.objectId);
  const keptOf = (outcome: MergeOutcome | undefined): number[] | null => {
    const { keptPeriods } = merged(outcome).view;
    return keptPeriods === undefined ? null : [...keptPeriods];
  };

  contract(
    'keepPeriods() gives bytes to the views of later merges and joins of their object',
    async ({ open }) => {
      const store = await open(WIDE);
      const [first] = await store.merge([X]);
      assert.equal(keptOf(first), null);
      store.keepPeriods(new Map([[key, bytes(1, 2, 3)]]));
      const outcomes = await store.merge([
        alertOf({ mjd: 11, objectId: 'X', index: 1 }),
        alertOf({ mjd: 11, objectId: 'Y', index: 2 }),
        X,
      ]);
      assert.deepEqual(outcomes.map(keptOf), [[1, 2, 3], null, [1, 2, 3]]);
      store.keepPeriods(new Map([[key, bytes(4)]]));
      const { outcomes: joins } = await store.putSpectrum(
        spectrumOf({ spectrumId: 's', objectId: 'X' }),
        null,
      );
      assert.deepEqual([...(joins[0]?.view.keptPeriods ?? [])], [4]);
      assert.equal((await store.object(key))?.keptPeriods, undefined);
      await store.close();
    },
  );

  contract('keepPeriods() is written with the next merge, and what waits may be lost', async ({ open }) => {
    const first = await open(WIDE);
    await first.merge([X]);
    first.keepPeriods(new Map([[key, bytes(1)]]));
    await first.merge([alertOf({ mjd: 12, objectId: 'Z', index: 1 })]);
    first.keepPeriods(new Map([[key, bytes(2)]]));
    await first.close();
    const second = await open(WIDE);
    assert.deepEqual((await second.merge([X])).map(keptOf), [[1]]);
    await second.close();
  });

  contract('keepPeriods() refuses more than 64 bytes', async ({ open }) => {
    const store = await open(WIDE);
    assert.throws(() => {
      store.keepPeriods(new Map([[key, new Uint8Array(65)]]));
    }, RangeError);
    await store.close();
  });
}

function listingContract(contract: Contract): void {
  contract('objects() lists every object once, in order of key, at its newest alert', async ({ open }) => {
    const store = await open(WIDE);
    const ids = Array.from({ length: 300 }, (_, i) => `Z${String((i * 7919) % 300).padStart(4, '0')}`);
    await store.merge(ids.map((objectId, index) => alertOf({ objectId, mjd: 10, index, flux: index })));
    await store.merge([alertOf({ objectId: 'Z0000', mjd: 9, raDeg: 1, index: 999 })]);
    const keys = await keysListed(store);
    assert.deepEqual(
      keys,
      ids.toSorted().map((id) => `ztf/${id}`),
    );
    for await (const view of store.objects()) {
      assert.equal(view.lightCurve.raDeg, 150);
      assert.equal(view.lightCurve.points.at(-1)?.fluxNjy, ids.indexOf(String(view.lightCurve.objectId)));
    }
    await store.close();
  });

  contract('object() and keysOf() find an object by key and by id', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([
      alertOf({ survey: 'ztf', objectId: 'X', mjd: 10 }),
      alertOf({ survey: 'lsst', objectId: 12n, mjd: 10 }),
      alertOf({ survey: 'atlas', objectId: 'X', mjd: 10 }),
    ]);
    assert.deepEqual(await store.keysOf('X'), ['atlas/X', 'ztf/X']);
    assert.deepEqual(await store.keysOf('12'), ['lsst/12']);
    assert.deepEqual(await store.keysOf('Y'), []);
    assert.equal((await store.object('ztf/X'))?.revision, 1);
    assert.equal(await store.object('ztf/Y'), null);
    await store.close();
  });

  contract('object() tells apart ids that are long, empty or strange', async ({ open }) => {
    const store = await open(WIDE);
    const ids = ['', 'a\0b', 'a', 'é'.repeat(1000), `${'é'.repeat(1000)}x`, '../..', ' '];
    await store.merge(ids.map((objectId, index) => alertOf({ objectId, mjd: 10, index })));
    for (const id of ids) assert.equal((await store.object(`ztf/${id}`))?.lightCurve.objectId, id);
    assert.equal((await keysListed(store)).length, ids.length);
    await store.close();
  });
}
