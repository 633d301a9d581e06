import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { Alert, Spectrum } from '../../../core/index.ts';
import { objectKey } from '../../../core/index.ts';
import { createObjectState, mergeAlert, newestStateView } from '../../../streams/index.ts';
import type {
  JoinRules,
  MergeOutcome,
  ObjectLimits,
  ObjectState,
  ObjectStore,
} from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';
import { metadataContract, waitingContract } from './object-store-join-contract.ts';
import { spectrumOf } from './spectra.ts';

/** Storage of its own for one test. */
export interface StoreUnderTest {
  /** Opens the store, again after it was closed. @param join `JOIN_RULES` unless given */
  readonly open: (limits: ObjectLimits, join?: JoinRules) => Promise<ObjectStore>;
  readonly dispose: () => Promise<void>;
}

const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };

type Merged = Extract<MergeOutcome, { kind: 'merged' }>;

function merged(outcome: MergeOutcome | undefined): Merged {
  assert.equal(outcome?.kind, 'merged');
  return outcome;
}

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

export type Contract = (title: string, check: (storage: StoreUnderTest) => Promise<void>) => void;

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

function spectrumContract(contract: Contract): void {
  contract('putSpectrum() joins every object with its id, as their next revision', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([
      alertOf({ survey: 'ztf', objectId: 'X', mjd: 10, alertId: 7n }),
      alertOf({ survey: 'lsst', objectId: 'X', mjd: 11 }),
      alertOf({ survey: 'ztf', objectId: 'Y', mjd: 12 }),
    ]);
    const spectrum = spectrumOf({ objectId: 'X' });
    const { outcomes } = await store.putSpectrum(spectrum, null);
    assert.deepEqual(
      outcomes.map(({ view, isRedelivered }) => [view.key, view.revision, isRedelivered]),
      [
        ['lsst/X', 2, false],
        ['ztf/X', 2, false],
      ],
    );
    assert.deepEqual(outcomes.at(1)?.view.spectrum, spectrum);
    assert.deepEqual(outcomes.at(1)?.newestAlert, {
      survey: 'ztf',
      objectId: 'X',
      alertId: 7n,
      mjdTai: 10,
      raDeg: 150,
      decDeg: 20,
    });
    assert.equal((await store.object('ztf/Y'))?.spectrum, null);
    await store.close();
  });

  contract('putSpectrum() gives the same views when a spectrum comes again', async ({ open }) => {
    const first = await open(WIDE);
    await first.merge([alertOf({ mjd: 10 })]);
    const spectrum = spectrumOf({ objectId: 'ZTF18abcdefg' });
    await first.putSpectrum(spectrumOf({ spectrumId: 'before' }), null);
    const { sequence, outcomes } = await first.putSpectrum(spectrum, null);
    assert.deepEqual([sequence, outcomes.length], [2, 1]);
    await first.merge([alertOf({ mjd: 11, index: 1 }), alertOf({ objectId: 'Z', mjd: 11, index: 1 })]);
    await first.close();
    const second = await open(WIDE);
    assert.deepEqual(await second.putSpectrum(spectrum, null), {
      sequence,
      outcomes: outcomes.map((outcome) => ({ ...outcome, isRedelivered: true })),
    });
    assert.equal((await second.putSpectrum(spectrumOf({ spectrumId: 'after' }), null)).sequence, 3);
    assert.equal((await second.object('ztf/ZTF18abcdefg'))?.revision, 3);
    await second.close();
  });

  contract(
    'putSpectrum() without an id joins the nearest object within the radius only',
    async ({ open }) => {
      const store = await open(WIDE);
      await store.merge([
        alertOf({ objectId: 'near', mjd: 10, raDeg: 0.00001, decDeg: 0 }),
        alertOf({ objectId: 'nearer', mjd: 10, raDeg: 359.99999, decDeg: 0.000001 }),
        alertOf({ objectId: 'far', mjd: 10, raDeg: 0.001, decDeg: 0 }),
      ]);
      const at = (spectrumId: string, raDeg: number): Spectrum =>
        spectrumOf({ spectrumId, raDeg, decDeg: 0 });
      const keys = async (spectrum: Spectrum): Promise<readonly string[]> =>
        (await store.putSpectrum(spectrum, null)).outcomes.map(({ view }) => view.key);
      assert.deepEqual(await keys(at('a', 359.999995)), ['ztf/nearer']);
      assert.deepEqual(await keys(at('b', 0.00001)), ['ztf/near']);
      assert.deepEqual(await keys(at('c', 5)), []);
      await store.close();
    },
  );

  contract('putSpectrum() finds an object where its newest alert is', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([alertOf({ mjd: 10, raDeg: 10 }), alertOf({ mjd: 11, raDeg: 11, index: 1 })]);
    const joined = async (spectrumId: string, raDeg: number): Promise<number> =>
      (await store.putSpectrum(spectrumOf({ spectrumId, raDeg, decDeg: 20 }), null)).outcomes.length;
    assert.equal(await joined('a', 10), 0);
    assert.equal(await joined('b', 11), 1);
    await store.close();
  });

  contract('putSpectrum() goes by position where no object has its id', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([alertOf({ mjd: 10 })]);
    const named = spectrumOf({ objectId: 'spec-3586-55181-0496', raDeg: 150, decDeg: 20 });
    const { outcomes } = await store.putSpectrum(named, null);
    assert.deepEqual(
      outcomes.map(({ view }) => view.key),
      ['ztf/ZTF18abcdefg'],
    );
    await store.close();
  });

  contract(
    'merge() joins a new object with the newest spectrum that waits for it, by id or by position',
    async ({ open }) => {
      const store = await open(WIDE);
      await store.putSpectrum(spectrumOf({ spectrumId: 'position', raDeg: 150, decDeg: 20 }), null);
      await store.putSpectrum(spectrumOf({ spectrumId: 'id', objectId: 'X' }), null);
      const outcomes = await store.merge([
        alertOf({ objectId: 'X', mjd: 10 }),
        alertOf({ objectId: 'Y', mjd: 10 }),
        alertOf({ objectId: 'Z', mjd: 10, raDeg: 151 }),
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => [merged(outcome).view.revision, merged(outcome).view.spectrum?.spectrumId]),
        [
          [1, 'id'],
          [1, 'position'],
          [1, undefined],
        ],
      );
      // The join came with the alert, and the spectrum's own outcome was that there was nobody to join.
      const again = await store.putSpectrum(spectrumOf({ spectrumId: 'id', objectId: 'X' }), null);
      assert.deepEqual(again, { sequence: 2, outcomes: [] });
      await store.close();
    },
  );

  contract('a view holds the newest spectrum joined up to its revision', async ({ open }) => {
    const store = await open(WIDE);
    const id = 'ZTF18abcdefg';
    const alerts = [10, 11, 12].map((mjd, index) => alertOf({ mjd, index }));
    const [first, second, third] = alerts.map((alert) => [alert]);
    await store.merge(first ?? []);
    await store.putSpectrum(spectrumOf({ spectrumId: 'a', objectId: id }), null);
    await store.merge(second ?? []);
    await store.putSpectrum(spectrumOf({ spectrumId: 'b', objectId: id }), null);
    await store.merge(third ?? []);
    const views = (await store.merge(alerts)).map((outcome) => merged(outcome).view);
    assert.deepEqual(
      views.map((view) => [view.revision, view.spectrum?.spectrumId ?? null]),
      [
        [1, null],
        [3, 'a'],
        [5, 'b'],
      ],
    );
    await store.close();
  });
}
