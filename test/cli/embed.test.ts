import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { float32Tensor, readSafetensors, writeSafetensors } from '../../model/index.ts';
import { smallInputs, writeSmallRelease, writeSmallState } from '../helpers/paper-weights.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-embed-'));
const at = (name: string): string => path.join(folder, name);

function nightjar(...args: string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

before(async () => {
  await writeSmallState(folder);
  await writeSafetensors(at('in.safetensors'), smallInputs(3));
});

after(() => {
  rmSync(folder, { recursive: true });
});

test('releases import-astrom3, releases show and embed go from a state dict to embeddings', async () => {
  const imported = nightjar(
    ...['releases', 'import-astrom3', '--weights', at('state.safetensors')],
    ...['--config', at('config.json'), '--out', at('small')],
  );
  assert.equal(imported.status, 0, imported.err);
  const shown = nightjar('releases', 'show', at('small'));
  assert.match(shown.out, /^release +small\n/);
  assert.match(shown.out, /layout +reference\n/);
  const json = nightjar('releases', 'show', at('small'), '--json');
  assert.equal(json.out.trim().split('\n').length, 1);
  assert.equal((JSON.parse(json.out) as { readonly name: string }).name, 'small');
  const embedded = nightjar(
    ...[
      'embed',
      '--release',
      at('small'),
      '--in',
      at('in.safetensors'),
      '--out',
      at('out.safetensors'),
      '--json',
    ],
  );
  assert.equal(embedded.status, 0, embedded.err);
  assert.equal(embedded.err, '', 'nothing of the runtime reaches the terminal');
  assert.deepEqual(JSON.parse(embedded.out), {
    release: 'small',
    rows: 3,
    outputs: ['out.photometry', 'out.spectra', 'out.metadata', 'out.mean'],
    out: at('out.safetensors'),
  });
  assert.deepEqual((await readSafetensors(at('out.safetensors'))).get('out.mean')?.shape, [3, 8]);
});

test('releases show lists inputs by name', () => {
  const { out, err } = nightjar('releases', 'show', 'default');
  assert.equal(err, '');
  assert.match(out, /\ninputs.spectrum +asinhFlux, asinhFluxErr, isCovered\n/);
  assert.match(out, /\ninputs.tokens +logAge, [\w., ]+, … \(\d+\)\n/);
});

test('embed ends at a signal with one line, exit status 1 and no output', async () => {
  const rows = 100_000;
  mkdirSync(at('stopped'));
  const release = await writeSmallRelease(at('stopped'));
  const out = at('stopped.safetensors');
  const metadata = float32Tensor(new Float32Array(rows * 34).fill(0.5), [rows, 34]);
  await writeSafetensors(at('many.safetensors'), new Map([['in.metadata', metadata]]));
  const args = ['embed', '--release', release, '--in', at('many.safetensors'), '--out', out];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close');
  while (!existsSync(`${out}.partial`) && child.exitCode === null) await nextTurn();
  child.kill('SIGINT');
  assert.deepEqual(await ended, [1, null]);
  assert.match(err, /\nnightjar: RUN_STOPPED: Cannot finish [^\n]*\n$/);
  assert.ok(!existsSync(out) && !existsSync(`${out}.partial`));
});

test('embed says in one line what is wrong with exit status 1', () => {
  const unknown = nightjar('embed', '--release', 'nope', '--in', at('in.safetensors'), '--out', at('x'));
  assert.equal(unknown.status, 1);
  assert.equal(unknown.out, '');
  assert.match(unknown.err, /^nightjar: RELEASE_NOT_FOUND: [^\n]*"nope"[^\n]*\n$/);
});

test('embed and releases end with exit status 2 on wrong usage', () => {
  assert.equal(nightjar('embed', '--workers', '0').status, 2);
  const device = nightjar('embed', '--device', 'gpu');
  assert.equal(device.status, 2);
  assert.match(device.err, /It takes cpu or webgpu or cuda or auto\./);
  assert.equal(nightjar('releases', 'import-astrom3', '--out', at('y')).status, 2);
});
