import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { jsonLine, tableLine } from '../../cli/decode.ts';
import { realData } from '../helpers/real-data.ts';
import { collected, testAlert, testContainer, testDecoder } from '../helpers/test-packets.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.js');

function nightjar(...args: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const run = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', maxBuffer: 1e8 });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

function folder(context: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'nightjar-decode-'));
  context.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

test('jsonLine() has the fields of the contract, ids as text', async () => {
  const bytes = await testContainer([[testAlert(5, 60_000.5)]]);
  const [packet] = await collected(testDecoder().decodeBlob({ file: 'x.avro', member: 'm', bytes }));
  assert.ok(packet !== undefined);
  assert.deepEqual(JSON.parse(jsonLine(packet)), {
    survey: 'test',
    schemaVersion: '1.2',
    objectId: 'T5',
    alertId: '5',
    mjdTai: 60_000.5,
    raDeg: 10,
    decDeg: -10,
    band: 'g',
    diffFluxNjy: 100,
    diffFluxErrNjy: 1,
    magAb: 26.4,
    detections: 3,
    upperLimits: 0,
    forced: 0,
    cutouts: ['science'],
    source: { file: 'x.avro', member: 'm', index: 0 },
  });
  assert.match(tableLine(packet), /^test +T5 +5 +60000\.500000 .* 26\.40 +3\+0\+0 +x\.avro m$/);
});

test('jsonLine() of a bad packet has its code and reason', async () => {
  const [packet] = await collected(testDecoder().decodeBlob({ file: 'x.avro', bytes: Buffer.alloc(0) }));
  assert.ok(packet !== undefined);
  assert.deepEqual(JSON.parse(jsonLine(packet)), {
    error: { code: 'FILE_EMPTY', reason: 'Cannot read the file as packets: it is empty' },
    source: { file: 'x.avro', index: 0 },
  });
  assert.match(tableLine(packet), /^rejected +FILE_EMPTY: .* x\.avro$/);
});

test('nightjar decode exits 1 for a missing file and 2 without one, in a line or few', () => {
  const missing = nightjar('decode', '/no/such/none.avro', '--json');
  assert.equal(missing.status, 1);
  assert.match(missing.err, /^nightjar: INPUT_NOT_FOUND: .*none\.avro.*\n$/);
  assert.equal(nightjar('decode').status, 2);
  assert.equal(nightjar('decode', '.', '--jsno').status, 2);
  assert.equal(nightjar('decode', '.', '--schemas', '/no/such').status, 1);
  assert.match(nightjar('decode', '.', '--registry', 'not a url').err, /CONFIG_INVALID: .*registry\.url/);
});

test('nightjar decode goes on over bad packets, and closes with counts by code', (context) => {
  const base = folder(context);
  writeFileSync(path.join(base, 'a.avro'), '');
  writeFileSync(path.join(base, 'b.avro'), 'noise');
  const { status, out, err } = nightjar('decode', base, '--json');
  assert.equal(status, 0);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly error: { readonly code: string } }).error.code),
    ['FILE_EMPTY', 'FORMAT_UNKNOWN'],
  );
  assert.equal(err, 'Packets decoded: 0, rejected: 2 (FILE_EMPTY 1, FORMAT_UNKNOWN 1)\n');
});

test('nightjar decode --cutouts writes the images of real packets', (context) => {
  const archive = realData(context, 'data', 'alerts', 'ztf', 'ztf_public_20190110.tar.gz');
  if (archive === null) return;
  const base = path.join(folder(context), 'new');
  const { status, out } = nightjar('decode', archive, '--json', '--cutouts', base);
  assert.equal(status, 0);
  const [line] = out.split('\n');
  const { objectId, alertId } = JSON.parse(line ?? '') as {
    readonly objectId: string;
    readonly alertId: string;
  };
  const files = readdirSync(base);
  assert.deepEqual(
    files,
    ['difference', 'science', 'template'].map((name) => `ztf-${objectId}-${alertId}-${name}.fits.gz`),
  );
  assert.deepEqual([...readFileSync(path.join(base, files[0] ?? '')).subarray(0, 2)], [0x1f, 0x8b]);
});
