import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Alert } from '../../core/index.ts';
import { openLmdbStore } from '../../streams/index.ts';
import { alertOf } from '../streams/windows/alerts.ts';
import { spectrumOf } from '../streams/windows/spectra.ts';
import { JOIN_RULES } from '../streams/windows/join-rules.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nightjar-lightcurves-'));
const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.js');

const ALERTS: readonly Alert[] = [
  alertOf({ objectId: 'ZTF18b', mjd: 58_000.5, alertId: 9_007_199_254_740_993n, raDeg: 10.5, flux: 3631 }),
  alertOf({ objectId: 'ZTF18b', mjd: 58_001.5, raDeg: 10.6, band: 'g', flux: -5, index: 1 }),
  alertOf({ survey: 'lsst', objectId: 12n, mjd: 60_000, index: 2 }),
  alertOf({ survey: 'atlas', objectId: 'ZTF18b', mjd: 59_000, index: 3 }),
];

async function fill(name: string, alerts: readonly Alert[]): Promise<string> {
  const folder = path.join(root, name);
  const store = await openLmdbStore({
    mode: 'write',
    folder,
    window: { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 },
    join: JOIN_RULES,
  });
  await store.putSpectrum(spectrumOf({ spectrumId: 'twelve.fits', objectId: '12' }), null);
  await store.merge(alerts);
  await store.close();
  return folder;
}

async function lightcurves(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, 'lightcurves', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

let folder = '';
before(async () => {
  folder = await fill('store', ALERTS);
});
after(() => {
  rmSync(root, { recursive: true });
});

test('lightcurves --json prints every object in order of key, ids as text', async () => {
  const { code, out, err } = await lightcurves('--store', folder, '--json');
  assert.deepEqual([code, err], [0, '']);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ survey, objectId, spectrumId }) => [survey, objectId, spectrumId]),
    [
      ['atlas', 'ZTF18b', null],
      ['lsst', '12', 'twelve.fits'],
      ['ztf', 'ZTF18b', null],
    ],
  );
  assert.deepEqual(lines[2], {
    survey: 'ztf',
    objectId: 'ZTF18b',
    raDeg: 10.6,
    decDeg: 20,
    points: [
      {
        kind: 'detection',
        alertId: '9007199254740993',
        mjdTai: 58_000.5,
        band: 'r',
        fluxNjy: 3631,
        fluxErrNjy: 1,
      },
      { kind: 'detection', alertId: '58001500', mjdTai: 58_001.5, band: 'g', fluxNjy: -5, fluxErrNjy: 1 },
    ],
    spectrumId: null,
  });
});

test('lightcurves --json prints the same lines for alerts that came in another order', async () => {
  const reversed = await fill('reversed', ALERTS.toReversed());
  const [a, b] = await Promise.all(
    [folder, reversed].map((store) => lightcurves('--store', store, '--json')),
  );
  assert.equal(a?.out, b?.out);
});

test('lightcurves takes objects with and without their survey, each once', async () => {
  const both = await lightcurves('ZTF18b', 'ztf/ZTF18b', '--store', folder, '--json');
  assert.deepEqual(both.out.match(/"survey":"\w+"/g), ['"survey":"atlas"', '"survey":"ztf"']);
  const one = await lightcurves('ztf/ZTF18b', '--store', folder);
  assert.match(one.out, /^object .*\nztf\/ZTF18b +g 1, r 1 +58000\.50000 +58001\.50000 +-\n$/);
});

test('lightcurves fails with the name of an object that is not there, and prints nothing', async () => {
  const { code, out, err } = await lightcurves('12', 'ZTF18zzz', '--store', folder);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^nightjar: INPUT_NOT_FOUND: [^\n]*"ZTF18zzz"[^\n]*\n$/);
});

test('lightcurves fails in one line without a store', async () => {
  const { code, err } = await lightcurves('--store', path.join(root, 'none'), '--json');
  assert.equal(code, 1);
  assert.match(err, /^nightjar: INPUT_NOT_FOUND: [^\n]*none[^\n]*\n$/);
  assert.equal((await lightcurves()).code, 2);
});
