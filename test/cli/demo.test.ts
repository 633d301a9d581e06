import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startNightjar } from '../helpers/nightjar.ts';
import type { StartedNightjar } from '../helpers/nightjar.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nightjar-demo-test-'));
const kept = path.join(root, 'new', 'kept');
after(() => {
  rmSync(root, { recursive: true });
});

/** A demo with a temporary folder of its own, in which what it leaves behind shows. */
function demo(
  name: string,
  ...args: readonly string[]
): StartedNightjar & { readonly left: () => readonly string[] } {
  const temporary = path.join(root, name);
  mkdirSync(temporary);
  const started = startNightjar(['demo', '--alerts', '30', ...args], { TMPDIR: temporary });
  return { ...started, left: () => readdirSync(temporary) };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

test('demo shows the top candidates with their truth, and the ledger, and leaves nothing behind', async () => {
  const { ended, left } = demo('whole');
  const { status, out } = await ended;
  assert.equal(status, 0);
  assert.match(out, /^A simulated ZTF night: 30 alerts of \d+ objects, seed 1\n/);
  assert.match(out, /│ nearest +│ truth +│\n/);
  const rows = out.split('\n').filter((line) => /^│ +\d+ │ ZTF\w+ /.test(line));
  assert.equal(rows.length, 12);
  for (const row of rows) assert.match(row, /│ [A-Z][A-Za-z]+ +│$/);
  assert.match(out, /\nThe ledger balances: 30 packets consumed, 30 accounted for\n/);
  assert.deepEqual(left(), []);
});

test('demo --json prints a line per candidate, most novel first, and one with the ledger', async () => {
  const { status, out } = await demo('json', '--survey', 'lsst', '--json', '--out', kept).ended;
  assert.equal(status, 0);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const summary = lines.pop();
  assert.equal(lines.length, 12);
  const scores = lines.map(({ novelty }) => (novelty as { detectors: { knn: number } }).detectors.knn);
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
  for (const line of lines) assert.equal(typeof line['truth'], 'string');
  const { balanced } = summary?.['ledger'] as { readonly balanced: boolean };
  assert.equal(balanced, true);
  assert.ok(existsSync(path.join(kept, 'night.schemas')));
});

test('demo --out takes the place of an earlier demo there', async () => {
  const { status, out } = await demo('again', '--out', kept).ended;
  assert.equal(status, 0);
  assert.match(out, /^A simulated ZTF night/);
  assert.match(out, /30 packets consumed/);
  const ledger = readFileSync(path.join(kept, 'replay', 'ledger.json'), 'utf8');
  assert.equal((JSON.parse(ledger) as { total: { consumed: number } }).total.consumed, 30);
});

test('demo leaves nothing behind where its reader has seen enough', async () => {
  const { child, ended, left } = demo('head');
  child.stdout?.destroy();
  const { status, err } = await ended;
  assert.deepEqual([status, err], [0, '']);
  assert.deepEqual(left(), []);
});

test('demo that fails says why in a line and leaves nothing behind', async () => {
  const file = path.join(root, 'a-file');
  writeFileSync(file, '');
  const { ended, left } = demo('fails', '--out', path.join(file, 'below'));
  const { status, out, err } = await ended;
  assert.deepEqual([status, out], [1, '']);
  assert.match(err, /^nightjar: OUTPUT_UNUSABLE: [^\n]*a-file[^\n]*\n$/);
  assert.deepEqual(left(), []);
});

test('demo that is stopped leaves nothing behind', async () => {
  const { child, ended, err, left } = demo('stopped', '--alerts', '100000');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  while (isRunning() && left().length === 0) await turn();
  child.kill('SIGTERM');
  while (isRunning() && !err().includes('stopping')) await turn();
  child.kill('SIGTERM');
  assert.notEqual((await ended).status, 0);
  assert.deepEqual(left(), []);
});
