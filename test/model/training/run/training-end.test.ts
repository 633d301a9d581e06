import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingEnd } from '../../../../model/training/run/training-end.ts';
import { initialState } from '../../../../model/training/run/trainer.ts';
import { smallTraining } from '../../../helpers/small-training.ts';

test('trainingEnd() knows epochs, steps and patience', () => {
  const config = smallTraining({ epochs: 3, stepsMax: 10, earlyStop: { patience: 2 } });
  const state = initialState(config);
  assert.equal(trainingEnd(state, config), null);
  assert.equal(trainingEnd({ ...state, epoch: 3 }, config), 'epochs');
  assert.equal(trainingEnd({ ...state, step: 10 }, config), 'stepsMax');
  assert.equal(trainingEnd({ ...state, epochsWithoutGain: 1 }, config), null);
  assert.equal(trainingEnd({ ...state, epochsWithoutGain: 2 }, config), 'earlyStop');
  const patient = { ...config, stepsMax: null, earlyStop: null };
  assert.equal(trainingEnd({ ...state, step: 1e6, epochsWithoutGain: 99 }, patient), null);
});
