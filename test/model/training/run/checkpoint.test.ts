import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkpointSchema,
  computingNotice,
  requireSameTraining,
} from '../../../../model/training/run/checkpoint.ts';
import type { Checkpoint } from '../../../../model/training/run/checkpoint.ts';
import { initialState } from '../../../../model/training/run/trainer.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { smallTraining } from '../../../helpers/small-training.ts';

function checkpointOf(overrides: Readonly<Record<string, unknown>> = {}, digit = '0'): Checkpoint {
  const config = smallTraining(overrides);
  const training = { file: 'a.safetensors', rows: 40, sha256: digit.repeat(64) };
  const checkpoint: Checkpoint = {
    formatVersion: 1,
    state: initialState(config),
    config,
    data: { training, validation: null, start: null },
    computing: { device: 'cpu', threads: 1 },
    metricsBytes: 0,
  };
  return checkpointSchema.parse(JSON.parse(JSON.stringify(checkpoint)));
}

test('requireSameTraining() lets what changes no step differ', () => {
  const found = checkpointOf();
  requireSameTraining('out', found, checkpointOf());
  requireSameTraining(
    'out',
    found,
    checkpointOf({ epochs: 9, stepsMax: 3, name: 'other', prefetchBatches: 1 }),
  );
});

test('requireSameTraining() names keys and data that differ', () => {
  const found = checkpointOf();
  assert.throws(
    () => {
      requireSameTraining('out', found, checkpointOf({ seed: 2, batch: { rows: 4 } }));
    },
    hasCode('TRAINING_MISMATCH', '"out"', 'seed was "small", is "2"; batch.rows was 8, is 4'),
  );
  assert.throws(
    () => {
      requireSameTraining('out', found, checkpointOf({ objective: { barlowTwins: {} } }));
    },
    hasCode('TRAINING_MISMATCH', 'objective.clip was {"weight":1}, is not given'),
  );
  assert.throws(
    () => {
      requireSameTraining('out', found, checkpointOf({}, '1'));
    },
    hasCode('TRAINING_MISMATCH', 'the training data were "a.safetensors" of 40 rows (sha256 00000000…), now'),
  );
});

test('requireSameTraining() names a start release with other weights', () => {
  const begun = (digit: string | null): Checkpoint => {
    const checkpoint = checkpointOf();
    const start = digit === null ? null : { release: 'models/a', sha256: digit.repeat(64) };
    return { ...checkpoint, data: { ...checkpoint.data, start } };
  };
  requireSameTraining('out', begun('1'), begun('1'));
  assert.throws(
    () => {
      requireSameTraining('out', begun('1'), begun('2'));
    },
    hasCode(
      'TRAINING_MISMATCH',
      'the start was release "models/a" (weights of sha256 11111111…), now release "models/a" (weights of sha256 22222222…)',
    ),
  );
  assert.throws(
    () => {
      requireSameTraining('out', begun(null), begun('2'));
    },
    hasCode('TRAINING_MISMATCH', 'the start was drawn, now release'),
  );
});

test('computingNotice() says where device or threads differ', () => {
  const one = { device: 'cpu', threads: 1 } as const;
  assert.equal(computingNotice(one, one), null);
  assert.match(
    computingNotice(one, { device: 'cpu', threads: 2 }) ?? '',
    /on cpu with 1 thread .* cpu with 2 threads/,
  );
  assert.match(computingNotice(one, { device: 'webgpu', threads: 1 }) ?? '', /webgpu/);
});
