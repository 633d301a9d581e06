import assert from 'node:assert/strict';
import type { Spectrum } from '../../../core/index.ts';
import { alertOf } from './alerts.ts';
import { spectrumOf } from './spectra.ts';
import { merged, WIDE } from './store-under-test.ts';
import type { Contract } from './store-under-test.ts';

/** What every implementation of the object store must do with spectra. */
export function spectrumContract(contract: Contract): void {
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
