import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lightCurvesBench } from '../../bench/learning/light-curves.ts';
import { noveltyBench } from '../../bench/learning/novelty.ts';
import { realAlertsBench } from '../../bench/learning/real-alerts.ts';
import { triplesBench } from '../../bench/learning/triples.ts';
import { viewsBench } from '../../bench/learning/views.ts';
import { simulatedDataSet } from '../../simulator/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const CURVES = {
  ...{ tokensMax: 16, classObjectsMin: 8, threads: 1, python: null, batchRows: 8, epochs: 1 },
  survey: 'ztf',
  onProgress: () => undefined,
} as const;

function someObjects(count: number) {
  const classWeights = { RRab: 1, SNIa: 1, Mira: 1 };
  return simulatedDataSet({ survey: 'ztf', seed: 'bench', count, classWeights, spectrumRatio: 1 });
}

test('lightCurvesBench() gives accuracy and macro-F1 of each seed, with and without phase', async (context) => {
  const { n, figures } = await lightCurvesBench({
    ...CURVES,
    ...{ dataSet: someObjects(60), folder: await temporaryFolder(context), seeds: 1 },
    ...{ profiles: ['alertsWithoutPhase'], paperSeeds: 0, paperEpochs: 1 },
  });
  assert.deepEqual(n, { objects: 60, classes: 3 });
  for (const name of ['alertsWithoutPhase', 'alertsWithoutPhaseWithDrawn'])
    for (const figure of ['accuracy', 'macroF1'] as const) {
      const { raw = [] } = figures[`${name}.${figure}`] ?? {};
      assert.equal(raw.length, 1);
      assert.ok(raw.every((value) => value >= 0 && value <= 1));
    }
});

test('noveltyBench() leaves each frequent class out in turn', async (context) => {
  const { n, figures, text } = await noveltyBench({
    ...CURVES,
    ...{ dataSet: someObjects(60), folder: await temporaryFolder(context), seed: 1, noveltyObjectsMin: 15 },
  });
  for (const score of ['embeddingKnn', 'neighbourDoubt', 'combined']) {
    const aurocs = figures[`${score}.auroc`]?.raw ?? [];
    assert.equal(aurocs.length, n['leftOut']);
    assert.ok(aurocs.length >= 2 && aurocs.every((value) => value >= 0 && value <= 1));
  }
  assert.match(text, /worst/);
});

test('viewsBench() gives a probe, and few labels with and without the warm-up', async (context) => {
  const { figures } = await viewsBench({
    ...CURVES,
    ...{ dataSet: someObjects(60), folder: await temporaryFolder(context), seeds: 1 },
    ...{ labelEpochs: 1, labelRatios: [0.5] },
  });
  assert.deepEqual(Object.keys(figures), [
    ...['probe.accuracy', 'probe.macroF1'],
    ...['labels50.warmedUp.accuracy', 'labels50.warmedUp.macroF1'],
    ...['labels50.scratch.accuracy', 'labels50.scratch.macroF1'],
  ]);
  for (const { raw } of Object.values(figures)) assert.ok(raw.every((value) => value >= 0 && value <= 1));
});

test('triplesBench() gives retrieval of every pair and few labels with and without pre-training', async (context) => {
  const { figures } = await triplesBench({
    ...CURVES,
    ...{ dataSet: someObjects(80), folder: await temporaryFolder(context), cases: ['alertsClip'] },
    seeds: { alertsClip: 1, alertsBarlowTwins: 0, paperClip: 0 },
    ...{ simulatedObjects: 24, simulatedEpochs: 1, paperEpochs: 1, labelEpochs: 1, labelRatios: [0.5] },
    curvesFolder: null,
  });
  for (const figure of [
    'photometryToSpectra.recallAt10',
    'labels50.preTrained.macroF1',
    'labels50.scratch.macroF1',
  ]) {
    const [value = Number.NaN] = figures[`alertsClip.${figure}`]?.raw ?? [];
    assert.ok(value >= 0 && value <= 1, figure);
  }
});

test('realAlertsBench() scores every object with enough detections, the most novel first', async () => {
  const { n, config, text } = await realAlertsBench({
    ...{ dataSet: someObjects(20), release: 'default', detectionsMin: 2, neighbours: 5, top: 3, workers: 1 },
  });
  assert.ok((n['scored'] ?? 0) > 3);
  const top = config['top'] as readonly { readonly score: number }[];
  const scores = top.map(({ score }) => score);
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  );
  assert.match(text, /nearest/);
});
