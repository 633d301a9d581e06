import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openLmdbStore } from '../../streams/index.ts';
import { nightjar } from '../helpers/nightjar.ts';
import { alertOf } from '../streams/windows/alerts.ts';
import { JOIN_RULES } from '../streams/windows/join-rules.ts';
import { objectStoreContract } from '../streams/windows/object-store-contract.ts';
import { spectrumOf } from '../streams/windows/spectra.ts';
import { WIDE, storesFor } from './postgres-store-setup.ts';

objectStoreContract('PostgreSQL', (context) => {
  const stores = storesFor(context);
  return Promise.resolve(
    stores && {
      open: (limits, join = JOIN_RULES) => stores.open({ limits, join }),
      dispose: () => stores.dispose(),
    },
  );
});

test('lightcurves --config lists what is in PostgreSQL as it does what is in LMDB', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-lightcurves-'));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  const embedded = path.join(folder, 'store');
  const lmdb = await openLmdbStore({ mode: 'write', folder: embedded, window: WIDE, join: JOIN_RULES });
  const alerts = Array.from({ length: 200 }, (_, index) =>
    alertOf({ objectId: `O${index % 150}`, mjd: 10 + index, index }),
  );
  for (const store of [lmdb, await stores.open()]) {
    await store.putSpectrum(spectrumOf({ objectId: 'O7' }), null);
    await store.merge(alerts);
  }
  await lmdb.close();
  const config = path.join(folder, 'nightjar.yaml');
  const { url } = stores.server;
  writeFileSync(config, `store: {kind: postgres, url: ${url}, schema: ${stores.schema}}`);
  const [shared, own] = await Promise.all([
    nightjar('lightcurves', '--config', config, '--json'),
    nightjar('lightcurves', '--store', embedded, '--json'),
  ]);
  assert.equal(shared.out.split('\n').length, 151);
  assert.equal(shared.out, own.out);
});
