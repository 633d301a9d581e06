import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../../core/index.ts';
import { paperTrainingSubject } from '../../../../model/index.ts';
import type { NamedTensors, TrainingConfig } from '../../../../model/index.ts';
import type { StepOutcome } from '../../../../model/sessions/training-protocol.ts';
import { createOptimiser } from '../../../../model/optimisers/config.ts';
import { createSchedule } from '../../../../model/optimisers/schedules.ts';
import { GRADIENT_NORM, scalarInput } from '../../../../model/training/step/apply-update.ts';
import { prepareTraining } from '../../../../model/training/run/prepare-training.ts';
import { initialState, Trainer } from '../../../../model/training/run/trainer.ts';
import type { TrainingState } from '../../../../model/training/run/training-state.ts';
import { LOSS, LOSS_SCALE } from '../../../../model/training/step/training-step.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { smallTraining, writeSmallData } from '../../../helpers/small-training.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const TAKEN: StepOutcome = { metrics: { [LOSS]: 1, [GRADIENT_NORM]: 1 }, isTaken: true };
const SKIPPED: StepOutcome = { metrics: { [LOSS]: 1, [GRADIENT_NORM]: Infinity }, isTaken: false };

/** A trainer whose session gives these outcomes, one a step; what the steps were fed is kept. */
async function scripted(
  context: TestContext,
  config: TrainingConfig,
  outcomes: readonly StepOutcome[],
  begin: Partial<TrainingState> = {},
): Promise<{ readonly trainer: Trainer; readonly feeds: readonly NamedTensors[] }> {
  const dataFile = await writeSmallData(await temporaryFolder(context));
  const subject = await paperTrainingSubject(config);
  const prepared = await prepareTraining({
    config,
    subject,
    dataFile,
    validationFile: null,
    notice: () => undefined,
  });
  const feeds: NamedTensors[] = [];
  const trainer = new Trainer({
    config,
    prepared,
    session: {
      step: (fed) => {
        const outcome = outcomes[feeds.length];
        assert.ok(outcome);
        feeds.push(fed);
        return Promise.resolve(outcome);
      },
      evaluate: () => Promise.resolve({ [LOSS]: 1 }),
      readState: () => Promise.resolve({}),
    },
    batches: { next: () => Promise.resolve({}) },
    checkpoints: {
      folder: 'out',
      save: () => Promise.resolve(),
      saveBest: () => Promise.reject(new Error('no epoch ends')),
    },
    reports: {
      step: () => Promise.resolve(),
      epoch: () => Promise.resolve(),
      commit: () => Promise.resolve(0),
    },
    claim: { requireOwn: () => Promise.resolve() },
    computing: { device: 'cpu', threads: 1 },
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    state: { ...initialState(config), ...begin },
  });
  return { trainer, feeds };
}

test('a step that is left out halves the scale, and counts for the schedule but not for the optimiser', async (context) => {
  const config = smallTraining({ precision: 'mixed', stepsMax: 3 });
  const { trainer, feeds } = await scripted(context, config, [SKIPPED, TAKEN, TAKEN]);
  assert.equal(await trainer.run(), 'stepsMax');
  const { step, updates, lossScale } = trainer.state;
  assert.deepEqual([step, updates, lossScale], [3, 2, { scale: 2 ** 14, steady: 2 }]);
  const scales = feeds.map((fed) => numbersOf(fed[LOSS_SCALE])[0]);
  assert.deepEqual(scales, [2 ** 15, 2 ** 14, 2 ** 14]);
  const optimiser = createOptimiser(config.optimiser);
  const schedule = createSchedule(config.schedule);
  const expected = [1, 1, 2].map((update, i) =>
    optimiser.scalarsAt(update, schedule.rateAt(schedule.initial, i + 1)).map(Math.fround),
  );
  const fed = feeds.map((tensors) =>
    optimiser.scalars.map((name) => numbersOf(tensors[scalarInput(name)])[0]),
  );
  assert.deepEqual(fed, expected);
});

test('a training that is gone on with takes the scale of its checkpoint', async (context) => {
  const config = smallTraining({ precision: 'mixed', stepsMax: 2 });
  const begin = { lossScale: { scale: 64, steady: 5 } };
  const { trainer, feeds } = await scripted(context, config, [TAKEN, SKIPPED], begin);
  await trainer.run();
  assert.deepEqual(
    feeds.map((fed) => numbersOf(fed[LOSS_SCALE])[0]),
    [64, 64],
  );
  assert.deepEqual(trainer.state.lossScale, { scale: 32, steady: 0 });
});

test('TRAINING_DIVERGED names what is not finite', async (context) => {
  const { trainer } = await scripted(context, smallTraining(), [SKIPPED]);
  await assert.rejects(
    trainer.run(),
    hasCode(
      'TRAINING_DIVERGED',
      'as its gradient norm must be finite: current value is loss 1, gradient norm Infinity',
    ),
  );
  const begin = { lossScale: { scale: 1, steady: 0 } };
  const mixed = await scripted(context, smallTraining({ precision: 'mixed' }), [SKIPPED], begin);
  await assert.rejects(
    mixed.trainer.run(),
    hasCode('TRAINING_DIVERGED', 'as its gradient norm must be finite at the loss scale 1:'),
  );
  const lost = await scripted(context, smallTraining({ lossMax: 0.5 }), [TAKEN]);
  await assert.rejects(
    lost.trainer.run(),
    hasCode('TRAINING_DIVERGED', 'its loss must be finite and at most 0.5'),
  );
});
