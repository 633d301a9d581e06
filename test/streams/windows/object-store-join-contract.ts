import assert from 'node:assert/strict';
import type { Alert } from '../../../core/index.ts';
import type { JoinReceipt, JoinRules, ObjectStore, ObjectView } from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';
import { JOIN_RULES } from './join-rules.ts';
import { recordOf } from './metadata-records.ts';
import { spectrumOf } from './spectra.ts';
import { merged, WIDE } from './store-under-test.ts';
import type { Contract } from './store-under-test.ts';

const DAY_MS = 86_400_000;

async function viewOf(store: ObjectStore, alert: Alert): Promise<ObjectView> {
  const [outcome] = await store.merge([alert]);
  return merged(outcome).view;
}

function revisions({
  outcomes,
}: JoinReceipt): readonly (readonly [key: string, revision: number, isAgain: boolean])[] {
  return outcomes.map(({ view, isRedelivered }) => [view.key, view.revision, isRedelivered]);
}

/** What every implementation of the object store must do with metadata records. */
export function metadataContract(contract: Contract): void {
  contract('putMetadata() joins every object with its id, as their next revision', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([
      alertOf({ survey: 'ztf', objectId: 'X', mjd: 10, alertId: 7n, metadata: { jMag: 1 } }),
      alertOf({ survey: 'lsst', objectId: 'X', mjd: 11 }),
      alertOf({ survey: 'ztf', objectId: 'Y', mjd: 12 }),
    ]);
    const receipt = await store.putMetadata(recordOf({ objectId: 'X', raDeg: 150, decDeg: 20 }), 0);
    assert.equal(receipt.sequence, 1);
    assert.deepEqual(revisions(receipt), [
      ['lsst/X', 2, false],
      ['ztf/X', 2, false],
    ]);
    const { view, newestAlert } = receipt.outcomes[1] ?? assert.fail();
    assert.deepEqual([view.packetMetadata, view.joinedMetadata], [{ jMag: 1 }, { hostRedshift: 0.1 }]);
    assert.equal(view.spectrum, null);
    const position = { raDeg: 150, decDeg: 20 };
    assert.deepEqual(newestAlert, { survey: 'ztf', objectId: 'X', alertId: 7n, mjdTai: 10, ...position });
    assert.deepEqual((await store.object('ztf/Y'))?.joinedMetadata, {});
    assert.deepEqual(await store.object('ztf/X'), view);
    await store.close();
  });

  contract(
    'putMetadata() without a known id joins the nearest object within its own radius',
    async ({ open }) => {
      const store = await open(WIDE, { ...JOIN_RULES, metadataRadiusArcsec: 5 });
      await store.merge([
        alertOf({ objectId: 'near', mjd: 10, raDeg: 10, decDeg: 0 }),
        alertOf({ objectId: 'far', mjd: 10, raDeg: 10.003, decDeg: 0 }),
      ]);
      const at = { objectId: 'unknown', raDeg: 10.001, decDeg: 0 };
      assert.deepEqual(revisions(await store.putMetadata(recordOf(at), 0)), [['ztf/near', 2, false]]);
      assert.deepEqual(revisions(await store.putSpectrum(spectrumOf(at), 0)), []);
      assert.deepEqual(
        revisions(await store.putMetadata(recordOf({ recordId: 'b', raDeg: 11, decDeg: 0 }), 0)),
        [],
      );
      await store.close();
    },
  );

  contract('putMetadata() gives the same views when a record comes again', async ({ open }) => {
    const first = await open(WIDE);
    await first.merge([alertOf({ objectId: 'X', mjd: 10 })]);
    const records = [{ hostMag: 20, jMag: 1 }, { jMag: 2 }].map((metadata, i) =>
      recordOf({ recordId: `r${i}`, objectId: 'X', metadata }),
    );
    const receipts: JoinReceipt[] = [];
    for (const record of records) receipts.push(await first.putMetadata(record, 5));
    await first.putSpectrum(spectrumOf({ objectId: 'X' }), 5);
    await first.merge([alertOf({ objectId: 'X', mjd: 11, index: 1 })]);
    await first.close();
    const second = await open(WIDE);
    for (const [i, record] of records.entries()) {
      const { sequence, outcomes } = receipts[i] ?? assert.fail();
      assert.deepEqual(await second.putMetadata(record, 5), {
        sequence,
        outcomes: outcomes.map((outcome) => ({ ...outcome, isRedelivered: true })),
      });
    }
    const view = await second.object('ztf/X');
    assert.deepEqual([view?.revision, view?.joinedMetadata], [5, { hostMag: 20, jMag: 2 }]);
    assert.equal((await second.putMetadata(recordOf({ recordId: 'r2' }), 5)).sequence, 3);
    await second.close();
  });

  contract(
    'merge() joins a new object with all records that wait for it, in order of arrival',
    async ({ open }) => {
      const first = await open(WIDE);
      await first.putMetadata(
        recordOf({ recordId: 'a', objectId: 'X', metadata: { hostMag: 1, jMag: 1 } }),
        0,
      );
      await first.putMetadata(
        recordOf({ recordId: 'b', raDeg: 150, decDeg: 20, metadata: { jMag: 2, hMag: 2 } }),
        0,
      );
      await first.putMetadata(recordOf({ recordId: 'c', objectId: 'X', metadata: { hMag: 3 } }), 0);
      await first.close();
      const store = await open(WIDE);
      const both = await viewOf(store, alertOf({ objectId: 'X', mjd: 10 }));
      assert.deepEqual([both.revision, both.joinedMetadata], [1, { hostMag: 1, jMag: 2, hMag: 3 }]);
      // What one object has taken up is there for others too.
      const placed = await viewOf(store, alertOf({ survey: 'lsst', objectId: 5n, mjd: 10 }));
      assert.deepEqual(placed.joinedMetadata, { jMag: 2, hMag: 2 });
      const named = await viewOf(store, alertOf({ survey: 'lsst', objectId: 'X', mjd: 10, raDeg: 1 }));
      assert.deepEqual(named.joinedMetadata, { hostMag: 1, jMag: 1, hMag: 3 });
      assert.deepEqual(await store.putMetadata(recordOf({ recordId: 'a', objectId: 'X' }), 0), {
        sequence: 1,
        outcomes: [],
      });
      await store.close();
    },
  );

  contract('merge() joins a new object with what an older one has been joined with', async ({ open }) => {
    const store = await open(WIDE);
    await store.merge([alertOf({ objectId: 'X', mjd: 10 })]);
    await store.putMetadata(recordOf({ objectId: 'X' }), 0);
    await store.putSpectrum(spectrumOf({ objectId: 'X' }), 0);
    const view = await viewOf(store, alertOf({ survey: 'lsst', objectId: 'X', mjd: 10 }));
    assert.deepEqual(
      [view.revision, view.joinedMetadata, view.spectrum?.spectrumId],
      [1, { hostRedshift: 0.1 }, 'a.fits'],
    );
    await store.close();
  });
}

/** Waiting spectra and records by the object that they are for. */
async function putWaiting(
  store: ObjectStore,
  arrivals: readonly (readonly [objectId: string, arrivedMs: number | null])[],
): Promise<void> {
  for (const [objectId, arrivedMs] of arrivals) {
    await store.putMetadata(recordOf({ recordId: `r-${objectId}`, objectId, raDeg: null }), arrivedMs);
    await store.putSpectrum(spectrumOf({ spectrumId: `s-${objectId}`, objectId }), arrivedMs);
  }
}

/** Those of the objects that find something: both kinds or neither. */
async function joinedOf(store: ObjectStore, objectIds: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const objectId of objectIds) {
    const { joinedMetadata, spectrum } = await viewOf(store, alertOf({ objectId, mjd: 10 }));
    assert.equal(spectrum !== null, joinedMetadata.hostRedshift !== undefined);
    if (spectrum !== null) found.push(objectId);
  }
  return found;
}

/** What every implementation of the object store must do with what waits for an object. */
export function waitingContract(contract: Contract): void {
  const rules = (bounds: Partial<JoinRules>): JoinRules => ({ ...JOIN_RULES, ...bounds });

  contract('of what waits the oldest by arrival go where they are too many', async ({ open }) => {
    const store = await open(WIDE, rules({ waitingMax: 2 }));
    await putWaiting(store, [
      ['A', 30],
      ['B', 10],
      ['C', 20],
      ['D', 20],
    ]);
    assert.deepEqual(await joinedOf(store, ['A', 'B', 'C', 'D']), ['A', 'D']);
    await store.close();
  });

  contract('what waits goes once it is older than the newest by more than the limit', async ({ open }) => {
    const first = await open(WIDE, rules({ waitingDays: 2 }));
    await putWaiting(first, [
      ['A', DAY_MS - 1],
      ['B', DAY_MS],
      ['C', null],
    ]);
    await first.close();
    const store = await open(WIDE, rules({ waitingDays: 2 }));
    await putWaiting(store, [
      ['D', 3 * DAY_MS],
      ['E', -1],
    ]);
    assert.deepEqual(await joinedOf(store, ['A', 'B', 'C', 'D', 'E']), ['B', 'C', 'D']);
    await store.close();
  });

  contract('what has expired and comes again is new', async ({ open }) => {
    const store = await open(WIDE, rules({ waitingMax: 1 }));
    await putWaiting(store, [
      ['A', 1],
      ['B', 2],
    ]);
    assert.deepEqual(await joinedOf(store, ['A']), []);
    const receipt = await store.putMetadata(recordOf({ recordId: 'r-A', objectId: 'A' }), 1);
    assert.deepEqual([receipt.sequence, revisions(receipt)], [3, [['ztf/A', 2, false]]]);
    await store.close();
  });

  contract('what has been joined neither counts as waiting nor expires', async ({ open }) => {
    const store = await open(WIDE, rules({ waitingMax: 2, waitingDays: 1 }));
    await putWaiting(store, [['A', 0]]);
    const before = await viewOf(store, alertOf({ objectId: 'A', mjd: 10 }));
    await store.merge([alertOf({ objectId: 'B', mjd: 10, raDeg: 1 })]);
    await putWaiting(store, [
      ['B', 1],
      ['C', 9 * DAY_MS],
      ['D', 9 * DAY_MS],
    ]);
    assert.deepEqual(await store.object('ztf/A'), before);
    assert.equal((await store.object('ztf/B'))?.spectrum?.spectrumId, 's-B');
    assert.deepEqual(await joinedOf(store, ['C', 'D']), ['C', 'D']);
    const again = await store.putSpectrum(spectrumOf({ spectrumId: 's-B', objectId: 'B' }), 1);
    assert.deepEqual(revisions(again), [['ztf/B', 3, true]]);
    await store.close();
  });

  contract('what no view can show any more is forgotten, unless it came from a file', async ({ open }) => {
    const store = await open({ ...WIDE, redeliveryPacketsMax: 2 });
    await store.merge([alertOf({ objectId: 'X', mjd: 10 })]);
    const put = async (spectrumId: string, arrivedMs: number | null): Promise<readonly unknown[]> => {
      const receipt = await store.putSpectrum(spectrumOf({ spectrumId, objectId: 'X' }), arrivedMs);
      return [receipt.sequence, ...revisions(receipt)];
    };
    await put('topic', 0);
    await put('file', null);
    await put('newest', 0);
    await store.merge(
      [11, 12, 13, 14].map((mjd, index) => alertOf({ objectId: 'X', mjd, index: index + 1 })),
    );
    await put('other', 0);
    assert.deepEqual(await put('file', null), [2]);
    assert.deepEqual(await put('topic', 0), [5, ['ztf/X', 10, false]]);
    assert.equal((await store.object('ztf/X'))?.spectrum?.spectrumId, 'topic');
    await store.close();
  });

  contract('more expired than one call looks at are gone after a few', async ({ open }) => {
    const store = await open(WIDE, rules({ waitingDays: 1 }));
    const count = 150;
    const put = (i: number, arrivedMs: number): Promise<JoinReceipt> =>
      store.putMetadata(recordOf({ recordId: `r${i}`, objectId: `Z${i}` }), arrivedMs);
    for (let i = 0; i < count; i++) await put(i, 0);
    for (let i = count; i < count + 3; i++) await put(i, 9 * DAY_MS);
    const outcomes = await store.merge(
      Array.from({ length: count + 3 }, (_, i) => alertOf({ objectId: `Z${i}`, mjd: 10, index: i })),
    );
    const joined = outcomes.filter(
      (outcome) => outcome.kind === 'merged' && outcome.view.joinedMetadata.hostRedshift !== undefined,
    );
    assert.equal(joined.length, 3);
    await store.close();
  });
}
