import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { called, nightjar } from '../helpers/nightjar.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** What each verb must offer; `--help` is understood. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  demo: ['--survey', '--alerts', '--seed', '--out', '--json'],
  decode: ['<path...>', '--registry', '--schemas', '--config', '--cutouts', '--json'],
  replay: [
    ...['<path...>', '--out', '--release', '--speed', '--limit', '--spectra', '--metadata', '--registry'],
    ...['--schemas', '--order', '--metrics-port', '--config', '--json'],
  ],
  lightcurves: ['[object...]', '--store', '--json'],
  simulate: ['--survey', '--alerts', '--out', '--seed', '--nights', '--no-cutouts', '--json'],
  embed: ['--release', '--in', '--out', '--json'],
  releases: ['list', 'show', 'import-astrom3'],
  'check-config': ['[file]', '--all', '--json'],
};

function exitCodeOf(error: unknown): number {
  return error instanceof CommanderError ? error.exitCode : -1;
}

test('--help lists every verb, and each verb its options', async () => {
  const all = await called('--help');
  assert.deepEqual([exitCodeOf(all.error), all.err], [0, '']);
  for (const [verb, options] of Object.entries(OPTIONS)) {
    assert.match(all.out, new RegExp(`^ {2}${verb} `, 'm'));
    const { error, out, err } = await called(verb, '--help');
    assert.deepEqual([exitCodeOf(error), err], [0, ''], verb);
    for (const option of options) assert.ok(out.includes(option), `${verb} ${option}`);
  }
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.deepEqual(await nightjar('--version'), { status: 0, out: `${version}\n`, err: '' });
});

test('an unknown verb or option exits 2, names it, and suggests the one that was meant', async () => {
  const cases = [
    [['replya'], 'command', 'replya', 'replay'],
    [['decode', 'x', '--jsno'], 'option', '--jsno', '--json'],
    [['replay', 'x', '--out', 'y', '--spectr', 'z'], 'option', '--spectr', '--spectra'],
    [['releases', 'lst'], 'command', 'lst', 'list'],
  ] as const;
  for (const [args, what, wrong, meant] of cases) {
    const { error, out, err } = await called(...args);
    assert.deepEqual([exitCodeOf(error), out], [1, ''], args.join(' '));
    assert.equal(err, `error: unknown ${what} '${wrong}'\n(Did you mean ${meant}?)\n`);
  }
  const { status, err } = await nightjar('decode', 'x', '--jsno');
  assert.deepEqual([status, err], [2, "error: unknown option '--jsno'\n(Did you mean --json?)\n"]);
});

test('no verb at all exits 2 and shows the help', async () => {
  const { status, out, err } = await nightjar();
  assert.deepEqual([status, out], [2, '']);
  assert.match(err, /^Usage: nightjar /);
});
