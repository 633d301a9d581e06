import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, Random } from '../../core/index.ts';
import type { Alert } from '../../core/index.ts';
import type { MergeOutcome, ObjectStore } from '../../streams/index.ts';
import { alertOf } from '../streams/windows/alerts.ts';
import { spectrumOf } from '../streams/windows/spectra.ts';
import { storesFor } from './postgres-store-setup.ts';

function revisionOf(outcome: MergeOutcome | undefined): number {
  assert.equal(outcome?.kind, 'merged');
  return outcome.view.revision;
}

async function countOf(metrics: Metrics, name: string): Promise<number> {
  const line = (await metrics.exposition()).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

/** Alerts of a few objects, shuffled. */
function alertsOf(objects: number, perObject: number): readonly Alert[] {
  const alerts = Array.from({ length: objects * perObject }, (_, index) =>
    alertOf({
      objectId: `O${index % objects}`,
      alertId: BigInt(index),
      mjd: 10 + index / 100,
      index,
      history: [{ mjd: 5 + index / 100, flux: index }],
    }),
  );
  return new Random('shuffled alerts').shuffled(alerts);
}

function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

test('two stores that merge the same alerts at once give each its one revision, and lose no point', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const [a, b] = [await stores.open(), await stores.open()];
  const batches = batchesOf(alertsOf(10, 40), 16);
  const [fromA, fromB] = await Promise.all([
    Promise.all(batches.map((batch) => a.merge(batch))),
    Promise.all(batches.toReversed().map((batch) => b.merge(batch))),
  ]);
  assert.deepEqual(fromA.flat().map(revisionOf), fromB.toReversed().flat().map(revisionOf));
  const seen = [...fromA.flat(), ...fromB.flat()].filter(
    (outcome) => outcome.kind === 'merged' && !outcome.isRedelivered,
  );
  assert.equal(seen.length, 400);
  for (let i = 0; i < 10; i++) {
    const view = await a.object(`ztf/O${i}`);
    assert.equal(view?.revision, 40);
    assert.equal(view.lightCurve.points.length, 80);
  }
});

test('an object and its spectrum that come at once are joined, whichever is first', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const [a, b] = [await stores.open(), await stores.open()];
  const ids = Array.from({ length: 60 }, (_, i) => `O${i}`);
  await Promise.all(
    ids.flatMap((objectId, index) => [
      a.merge([alertOf({ objectId, mjd: 10, index, raDeg: index, decDeg: 0 })]),
      b.putSpectrum(
        index % 2 === 0
          ? spectrumOf({ spectrumId: objectId, objectId })
          : spectrumOf({ spectrumId: objectId, raDeg: index, decDeg: 0 }),
        null,
      ),
    ]),
  );
  for (const id of ids) assert.equal((await b.object(`ztf/${id}`))?.spectrum?.spectrumId, id);
});

test('surveys that come at once through several stores are all known', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const opened = [await stores.open(), await stores.open(), await stores.open()] as const;
  const surveys = Array.from({ length: 9 }, (_, i) => `survey-${i}`);
  await Promise.all(
    surveys.map((survey, i) =>
      new Random(i).pick(opened).merge([alertOf({ survey, objectId: 'X', mjd: 10, index: i })]),
    ),
  );
  assert.deepEqual(
    await opened[0].keysOf('X'),
    surveys.map((survey) => `${survey}/X`),
  );
});

test('merge() fetches in one round, in three where spectra wait for its objects', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const metrics = new Metrics();
  const store = await stores.open({ metrics });
  const rounds = async (alerts: readonly Alert[]): Promise<number> => {
    const before = await countOf(metrics, 'nightjar_window_store_rounds_total');
    await store.merge(alerts);
    return (await countOf(metrics, 'nightjar_window_store_rounds_total')) - before;
  };
  await store.merge([alertOf({ mjd: 9 })]);
  const ids = Array.from({ length: 128 }, (_, i) => `O${i}`);
  const at = (mjd: number): readonly Alert[] =>
    ids.map((objectId, index) => alertOf({ objectId, mjd, index }));
  assert.equal(await rounds(at(10)), 1);
  assert.equal(await rounds(at(11)), 1);
  for (const objectId of ['P1', 'P2'])
    await store.putSpectrum(spectrumOf({ spectrumId: objectId, objectId }), null);
  assert.equal(await rounds(at(12)), 1);
  assert.equal(
    await rounds(['P1', 'P2', 'P3'].map((objectId, i) => alertOf({ objectId, mjd: 10, index: i }))),
    3,
  );
});

test('merge() of more objects than are locked one by one is as any other', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const [a, b] = [await stores.open(), await stores.open()];
  const alerts = (mjd: number): readonly Alert[] =>
    Array.from({ length: 600 }, (_, index) => alertOf({ objectId: `O${index}`, mjd, index }));
  const merges: readonly [ObjectStore, number][] = [
    [a, 10],
    [b, 11],
    [a, 12],
  ];
  await Promise.all(merges.map(([store, mjd]) => store.merge(alerts(mjd))));
  let objects = 0;
  for await (const view of b.objects()) {
    objects += 1;
    assert.equal(view.lightCurve.points.length, 3);
  }
  assert.equal(objects, 600);
});

test('a change that others were in the way of is made again, a few times', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const metrics = new Metrics();
  const store = await stores.open({ metrics });
  // A sequence goes on when a transaction is rolled back.
  await stores.sql(`
    CREATE SEQUENCE ${stores.schema}.conflicts;
    CREATE FUNCTION ${stores.schema}.conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('${stores.schema}.conflicts') % 10 < 3 THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '40P01'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER conflict BEFORE INSERT ON ${stores.schema}.objects FOR EACH STATEMENT EXECUTE FUNCTION ${stores.schema}.conflict()`);
  assert.equal(revisionOf((await store.merge([alertOf({ mjd: 10 })]))[0]), 1);
  const text = await metrics.exposition();
  assert.match(text, /nightjar_window_store_transactions_total\{result="repeated"\} 2/);
  assert.match(text, /nightjar_window_store_transactions_total\{result="committed"\} 1/);
});
