import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { float32Tensor } from '../../../../model/index.ts';
import type { NamedTensors } from '../../../../model/index.ts';
import { CheckpointFolder } from '../../../../model/training/run/checkpoint-folder.ts';
import type { BestFile, StoredCheckpoint } from '../../../../model/training/run/checkpoint-folder.ts';
import { initialState } from '../../../../model/training/run/trainer.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { smallTraining } from '../../../helpers/small-training.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const tensors = (value: number): NamedTensors => ({ w: float32Tensor(Float32Array.of(value), [1]) });

function stored(step: number, bestFile: BestFile | null = null): StoredCheckpoint {
  const config = smallTraining();
  const best = bestFile === null ? null : { epoch: 1, step, loss: 1, ...bestFile };
  return {
    checkpoint: {
      formatVersion: 1,
      state: { ...initialState(config), step, best },
      config: JSON.parse(JSON.stringify(config)) as Record<string, unknown>,
      data: { training: { file: 'a', rows: 1, sha256: '0'.repeat(64) }, validation: null, start: null },
      computing: { device: 'cpu', threads: 1 },
      metricsBytes: 7,
    },
    state: tensors(step),
  };
}

function refuseNotice(text: string): void {
  throw new Error(text);
}

test('CheckpointFolder gives back what was saved last, and keeps one before it', async (context) => {
  const folder = path.join(await temporaryFolder(context), 'checkpoint');
  const checkpoints = new CheckpointFolder(folder);
  assert.equal(await checkpoints.load(refuseNotice), null);
  for (const step of [0, 10, 20]) await checkpoints.save(stored(step));
  assert.deepEqual(await checkpoints.load(refuseNotice), stored(20));
  assert.deepEqual(readdirSync(folder).sort(), ['current.json', 'step-10', 'step-20']);
});

test('CheckpointFolder.save() gives a second checkpoint of one step a name of its own', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.save(stored(5));
  await checkpoints.save({ ...stored(5), state: tensors(6) });
  assert.deepEqual(readdirSync(folder).sort(), ['current.json', 'step-5', 'step-5-2']);
  assert.deepEqual((await checkpoints.load(refuseNotice))?.state, tensors(6));
});

test('CheckpointFolder keeps the best weights that a kept checkpoint refers to', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  const first = await checkpoints.saveBest(1, tensors(1));
  await checkpoints.save(stored(1, first));
  const second = await checkpoints.saveBest(2, tensors(2));
  await checkpoints.save(stored(2, second));
  await checkpoints.save(stored(3, second));
  assert.deepEqual(readdirSync(folder).sort(), [second.file, 'current.json', 'step-2', 'step-3'].sort());
  assert.deepEqual(await checkpoints.readBest(second), tensors(2));
});

test('CheckpointFolder does not count what a crash left, and removes it with the next checkpoint', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  mkdirSync(path.join(folder, 'step-9'));
  mkdirSync(path.join(folder, 'step-8.partial'));
  assert.equal(await checkpoints.load(refuseNotice), null);
  await checkpoints.save(stored(9));
  assert.deepEqual(readdirSync(folder).sort(), ['current.json', 'step-9-2']);
});

test('CheckpointFolder.load() falls back on the one before a damaged one, and says so', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.save(stored(1));
  await checkpoints.save(stored(2));
  truncateSync(path.join(folder, 'step-2', 'state.safetensors'), 20);
  const notices: string[] = [];
  assert.deepEqual(await checkpoints.load((text) => notices.push(text)), stored(1));
  assert.deepEqual(notices, ['Checkpoint "step-2" cannot be read: going on from "step-1" instead']);
  rmSync(path.join(folder, 'step-1', 'checkpoint.json'));
  await assert.rejects(
    checkpoints.load(refuseNotice),
    hasCode('OUTPUT_UNUSABLE', 'none of its 2 checkpoints'),
  );
  writeFileSync(path.join(folder, 'current.json'), '{}');
  await assert.rejects(checkpoints.load(refuseNotice), hasCode('OUTPUT_UNUSABLE', 'no marker'));
});

function flipLastByte(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(file, bytes);
}

test('CheckpointFolder.load() tells a changed byte of the state or of the best weights', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.save(stored(1));
  const best = await checkpoints.saveBest(2, tensors(2));
  await checkpoints.save(stored(2, best));
  const notices: string[] = [];
  flipLastByte(path.join(folder, best.file));
  await assert.rejects(
    checkpoints.readBest(best),
    hasCode('OUTPUT_UNUSABLE', best.file, 'must have the sha256'),
  );
  assert.deepEqual(await checkpoints.load((text) => notices.push(text)), stored(1));
  assert.equal(notices.length, 1);
  flipLastByte(path.join(folder, 'step-1', 'state.safetensors'));
  await assert.rejects(checkpoints.load(refuseNotice), hasCode('OUTPUT_UNUSABLE', 'must have the sha256'));
});

test('CheckpointFolder.save() keeps the one that was gone on from, not the damaged one', async (context) => {
  const folder = await temporaryFolder(context);
  await new CheckpointFolder(folder).save(stored(1));
  await new CheckpointFolder(folder).save(stored(2));
  flipLastByte(path.join(folder, 'step-2', 'state.safetensors'));
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.load(() => undefined);
  await checkpoints.save(stored(3));
  assert.deepEqual(readdirSync(folder).sort(), ['current.json', 'step-1', 'step-3']);
});

test('CheckpointFolder.saveBest() removes best weights that no checkpoint refers to', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.save(stored(1, await checkpoints.saveBest(1, tensors(1))));
  for (const step of [2, 3]) await checkpoints.saveBest(step, tensors(step));
  const names = ['best-1.safetensors', 'best-3.safetensors', 'current.json', 'step-1'];
  assert.deepEqual(readdirSync(folder).sort(), names);
});

test('CheckpointFolder.load() says in words what a checkpoint of another form lacks', async (context) => {
  const folder = await temporaryFolder(context);
  const checkpoints = new CheckpointFolder(folder);
  await checkpoints.save(stored(1));
  writeFileSync(path.join(folder, 'step-1', 'checkpoint.json'), '{"stateSha256":"a"}');
  await assert.rejects(
    checkpoints.load(refuseNotice),
    hasCode('OUTPUT_UNUSABLE', 'can be read: "step-1/checkpoint.json" is of another form: checkpoint: '),
  );
});
