import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseConfigFile } from '../../../core/index.ts';
import { trainingSchema } from '../../../model/index.ts';
import { logitScaleStart } from '../../../model/training/config.ts';
import { configFile } from '../../helpers/config-file.ts';
import { hasCode } from '../../helpers/has-code.ts';

async function parsed(context: TestContext, text: string): Promise<unknown> {
  return parseConfigFile(await configFile(context, text), trainingSchema);
}

test('trainingSchema has the published values as its defaults', () => {
  const config = trainingSchema.parse({});
  assert.deepEqual(config.objective, { clip: { weight: 1 } });
  assert.deepEqual(config.dropout, {
    photometry: 0.245,
    spectra: 0.339,
    metadata: 0.16,
    pooled: null,
    summary: 0.16,
  });
  assert.deepEqual([config.batch.rows, config.clipNormMax, config.earlyStop?.patience], [512, 45, 6]);
  assert.equal(config.optimiser.kind, 'adam');
  assert.equal(config.schedule.kind, 'plateau');
});

test('logitScaleStart() is the published one only where scalars decay, unless it is given', () => {
  const startOf = (optimiser: object, start: object = {}): number =>
    Math.exp(logitScaleStart(trainingSchema.parse({ optimiser, start })));
  const isNear = (got: number, want: number): void => {
    assert.ok(Math.abs(got / want - 1) < 1e-9, `${got} and ${want}`);
  };
  isNear(startOf({ kind: 'adam' }), 100);
  isNear(startOf({ kind: 'adam' }, { logitScale: 'clip' }), 1 / 0.07);
  for (const kind of ['adamW', 'sgd', 'lars']) isNear(startOf({ kind }), 1 / 0.07);
  isNear(startOf({ kind: 'adam', decayScope: 'matrices' }), 1 / 0.07);
  isNear(startOf({ kind: 'adam', weightDecay: 0 }), 1 / 0.07);
  isNear(startOf({ kind: 'sgd' }, { logitScale: 'published' }), 100);
});

test('trainingSchema refuses what it does not know or cannot be, with key and line', async (context) => {
  for (const [text, ...words] of [
    ['epochs: 3\nclipNormMx: 1\n', '"clipNormMx" (line 2) is not known: did you mean "clipNormMax"?'],
    ['batch:\n  rows: 1\n', '"batch.rows" (line 2) must be at least 2: current value is 1'],
    ['optimiser:\n  kind: adm\n', '"optimiser.kind" (line 2)'],
    ['validationRatio: 1\n', '"validationRatio" (line 1) must be at most 0.9'],
    ['augmentation: { cropKeptRatioMin: 0 }\n', '"augmentation.cropKeptRatioMin" (line 1) must be above 0'],
    ['modalities: [spectra, spectra]\n', '"modalities" (line 1) must name each modality once'],
    ['data: { resampled: { curves: 1 } }\n', 'must be 0 with the profile paper: it sums no light curve up'],
    ['dropout: { pooled: 0.5 }\n', '"dropout.pooled" (line 1) must be null with the profile paper'],
    ['model: {}\nstart: { release: x }\n', '"model" (line 1) must not be given where start.release is'],
    ['accumulation: { rows: 100 }\n', '"accumulation.rows" (line 1) must divide batch.rows, which is 512'],
    [
      'objective: { classes: { count: 3, from: spectrum } }\n',
      '"objective.classes.from" (line 1) must be all or one of modalities, which are photometry, spectra, metadata',
    ],
    [
      'modalities: [photometry, spectra]\nobjective:\n  clip: { pairWeights: { sm: 2 } }\n',
      '"objective.clip.pairWeights.sm" (line 3) must be 1 where modalities do not name both spectra and metadata',
    ],
    ['modalities: [photometry]\n', '"modalities" (line 1) must name two where objective.clip'],
    [
      'start: { learningRateRatio: 0.1 }\nobjective: { clip: {}, classes: {} }\n',
      '"start.learningRateRatio" (line 1) must be 1 without start.release and objective.classes',
    ],
    ['objective: {}\n', '"objective" (line 1)', 'at least one loss is needed'],
  ] as const)
    await assert.rejects(parsed(context, text), hasCode('CONFIG_INVALID', ...words));
});
