import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseConfigFile } from '../../../core/index.ts';
import { trainingSchema } from '../../../model/index.ts';
import { configFile } from '../../helpers/config-file.ts';
import { hasCode } from '../../helpers/has-code.ts';

async function parsed(context: TestContext, text: string): Promise<unknown> {
  return parseConfigFile(await configFile(context, text), trainingSchema);
}

test('trainingSchema has the published values as its defaults', () => {
  const config = trainingSchema.parse({});
  assert.deepEqual(config.objective, { clip: { weight: 1 } });
  assert.deepEqual(config.dropout, { photometry: 0.245, spectra: 0.339, metadata: 0.16 });
  assert.deepEqual([config.batch.rows, config.clipNormMax, config.earlyStop?.patience], [512, 45, 6]);
  assert.equal(config.optimiser.kind, 'adam');
  assert.equal(config.schedule.kind, 'plateau');
});

test('trainingSchema refuses what it does not know or cannot be, with key and line', async (context) => {
  for (const [text, ...words] of [
    ['epochs: 3\nclipNormMx: 1\n', '"clipNormMx" (line 2) is not known: did you mean "clipNormMax"?'],
    ['batch:\n  rows: 1\n', '"batch.rows" (line 2) must be at least 2: current value is 1'],
    ['optimiser:\n  kind: adm\n', '"optimiser.kind" (line 2)'],
    ['validationRatio: 1\n', '"validationRatio" (line 1) must be at most 0.9'],
    ['augmentation: { cropKeptRatioMin: 0 }\n', '"augmentation.cropKeptRatioMin" (line 1) must be above 0'],
    ['modalities: [spectra, spectra]\n', '"modalities" (line 1) must name each modality once'],
    ['model: {}\nstart: { release: x }\n', '"model" (line 1) must not be given where start.release is'],
    ['accumulation: { rows: 100 }\n', '"accumulation.rows" (line 1) must divide batch.rows, which is 512'],
    ['objective: {}\n', '"objective" (line 1)', 'at least one loss is needed'],
  ] as const)
    await assert.rejects(parsed(context, text), hasCode('CONFIG_INVALID', ...words));
});
