import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { called, nightjar, startNightjar } from '../helpers/nightjar.ts';
import { hasCode } from '../helpers/has-code.ts';
import { SMALL_TRAINING, writeSmallData } from '../helpers/small-training.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

async function argumentsFor(
  context: TestContext,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly args: readonly string[]; readonly out: string }> {
  const folder = await temporaryFolder(context);
  const config = path.join(folder, 'training.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ ...SMALL_TRAINING, ...overrides }));
  const out = path.join(folder, 'out');
  const args = ['train', '--config', config, '--data', await writeSmallData(folder), '--out', out];
  return { args, out };
}

test('train makes a release that embed takes, and does nothing when started again', async (context) => {
  const { args, out } = await argumentsFor(context, { epochs: 1 });
  const first = await nightjar(...args, '--json');
  assert.equal(first.status, 0, first.err);
  assert.equal(first.err, '', 'nothing of the runtime reaches the terminal');
  const summary = JSON.parse(first.out) as Readonly<Record<string, unknown>>;
  assert.deepEqual([summary['steps'], summary['end'], summary['wasFinished']], [4, 'epochs', false]);
  const again = await nightjar(...args);
  assert.match(again.out, /^This training was finished before \(4 steps, 1 epochs: all epochs are done\)/);
  const embedded = path.join(out, 'embedded.safetensors');
  const data = args[args.indexOf('--data') + 1] ?? '';
  const embed = await nightjar(
    'embed',
    '--release',
    path.join(out, 'release'),
    '--in',
    data,
    '--out',
    embedded,
  );
  assert.equal(embed.status, 0, embed.err);
});

test('train ends at SIGINT with one line and exit status 1, and the same command goes on', async (context) => {
  const { args, out } = await argumentsFor(context, { epochs: 100_000, earlyStop: null });
  const started = startNightjar(args);
  while (!existsSync(path.join(out, 'loss.svg')) && started.child.exitCode === null) await pause(20);
  started.child.kill('SIGINT');
  const stopped = await started.ended;
  assert.equal(stopped.status, 1);
  assert.match(stopped.err, /\nnightjar: RUN_STOPPED: Cannot finish the training in [^\n]*\n$/);
  const step = Number(/after step (\d+)/.exec(stopped.err)?.[1]);
  const lines = path.join(out, 'metrics.jsonl');
  const resumed = startNightjar(args);
  while (!readFileSync(lines, 'utf8').includes(`"step":${step + 1},`) && resumed.child.exitCode === null)
    await pause(20);
  resumed.child.kill('SIGTERM');
  assert.match((await resumed.ended).err, /RUN_STOPPED/);
});

test('train says in one line what is wrong', async (context) => {
  const { args, out } = await argumentsFor(context, { epochz: 1 });
  const { error } = await called(...args);
  assert.ok(hasCode('CONFIG_INVALID', '"epochz" (line 1) is not known')(error));
  assert.ok(!existsSync(out));
  const usage = await nightjar('train', '--threads', '0');
  assert.equal(usage.status, 2);
});

test('train refuses flags that contradict each other with exit status 2 and one line', async () => {
  const given = ['train', '--config', 'none.yaml', '--out', 'none'];
  for (const [flags, words] of [
    [[], /give --data or --simulate/],
    [['--data', 'a.safetensors', 'b.parquet'], /file of tensors is trained on alone/],
    [['--data', 'a.safetensors', 'b.safetensors'], /file of tensors is trained on alone/],
    [['--data', 'a.safetensors', '--simulate', 'ztf:4'], /file of tensors is trained on alone/],
    [['--data', 'a.safetensors', '--labels', 'l.csv'], /has its labels in it/],
    [['--data', 'a.parquet', '--validation-data', 'v.safetensors'], /goes with a file of tensors/],
    [['--simulate', 'ztf:4', '--validation-data', 'v.safetensors'], /goes with a file of tensors/],
    [['--simulate', 'ztf'], /a survey \(ztf or lsst\) and a number of objects/],
    [['--simulate', 'ztf:0'], /a number of objects/],
    [['--simulate', 'gaia:4'], /a survey/],
  ] as const) {
    const { error, out, err } = await called(...given, ...flags);
    assert.ok(error instanceof CommanderError && error.exitCode !== 0, flags.join(' '));
    assert.match(err, words);
    assert.match(err, /^error: [^\n]+\n$/);
    assert.equal(out, '');
  }
  const { status, err } = await nightjar(...given);
  assert.deepEqual([status, err], [2, 'error: give --data or --simulate\n']);
});
