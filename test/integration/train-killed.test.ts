import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeSmallData } from '../helpers/small-training.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import type { KillPoint } from '../helpers/train-until-killed.ts';

const PROGRAM = path.join(import.meta.dirname, '..', 'helpers', 'train-until-killed.js');

/** Runs the training in a process of its own. @returns its status, and the signal that ended it */
async function trainUntil(dataFile: string, outFolder: string, point: KillPoint): Promise<unknown[]> {
  const child = spawn(process.execPath, [PROGRAM, dataFile, outFolder, JSON.stringify(point)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return once(child, 'close');
}

/** The lines of a run, without what is timed. */
function linesOf(folder: string): readonly unknown[] {
  return readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), samplesPerSecond: null }));
}

function release(folder: string, file: string): Buffer {
  return readFileSync(path.join(folder, 'release', file));
}

test('A training that is killed again and again leaves what an undisturbed one does, bit for bit', async (context) => {
  const folder = await temporaryFolder(context);
  const dataFile = await writeSmallData(folder);
  const [whole, killed] = [path.join(folder, 'whole'), path.join(folder, 'killed')];
  assert.deepEqual(await trainUntil(dataFile, whole, null), [0, null]);
  // A checkpoint is: textfile, plot, tensors, its JSON, its folder, the marker. The first one is that of step 0.
  const points: readonly KillPoint[] = [
    { rename: 5, when: 'before' },
    { rename: 6, when: 'before' },
    { step: 2 },
    { step: 4 },
    { rename: 3, when: 'after' },
    { rename: 6, when: 'after' },
    { rename: 5, when: 'after' },
    { step: 5 },
    { rename: 9, when: 'before' },
  ];
  for (const point of points) {
    const ended = await trainUntil(dataFile, killed, point);
    assert.deepEqual(ended, [null, 'SIGKILL'], `killed at ${JSON.stringify(point)}`);
  }
  assert.deepEqual(await trainUntil(dataFile, killed, null), [0, null]);
  assert.deepEqual(release(killed, 'weights.safetensors'), release(whole, 'weights.safetensors'));
  assert.deepEqual(release(killed, 'manifest.json'), release(whole, 'manifest.json'));
  assert.deepEqual(linesOf(killed), linesOf(whole));
});
