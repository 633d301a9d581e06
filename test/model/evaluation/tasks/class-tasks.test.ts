import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fewLabelsTask, shareOfEachClass } from '../../../../model/evaluation/tasks/few-labels-task.ts';
import { modalitiesTask } from '../../../../model/evaluation/tasks/modalities-task.ts';
import { probeTask } from '../../../../model/evaluation/tasks/probe-task.ts';
import { zeroShotTask } from '../../../../model/evaluation/tasks/zero-shot-task.ts';
import { evaluationContext, figuresOf } from '../../../helpers/evaluation-context.ts';
import { plantedObjects } from '../../../helpers/planted-objects.ts';

const CLASSES = ['a', 'b', 'c'];

test('probeTask() reads planted classes off the embedding, and off the features where there are any', () => {
  const objects = plantedObjects({ count: 120, classNames: CLASSES, withFeatures: true });
  const figures = figuresOf(probeTask(evaluationContext(objects)));
  assert.deepEqual(
    figures.probes.map(({ probe }) => probe),
    ['linear', 'knn', 'linearFeatures'],
  );
  for (const { report } of figures.probes) assert.ok(report.accuracy > 0.95);
  assert.equal(figures.n + figures.trainingObjects, 120);
  assert.equal(figures.majorityAccuracy, 1 / 3);
});

test('probeTask() does no better than chance on labels that mean nothing', () => {
  const planted = plantedObjects({ count: 200, classNames: ['one'], objectScatter: 1 });
  const objects = { ...planted, classNames: planted.ids.map((_, row) => (row % 2 === 0 ? 'x' : 'y')) };
  const { probes } = figuresOf(probeTask(evaluationContext(objects)));
  for (const { report } of probes) assert.ok(report.accuracy > 0.25 && report.accuracy < 0.75);
});

test('tasks on classes say why there is nothing to do', () => {
  const one = evaluationContext(plantedObjects({ count: 30, classNames: ['only'] }));
  const none = evaluationContext({
    ...plantedObjects({ count: 30, classNames: CLASSES }),
    classNames: Array.from({ length: 30 }, () => null),
  });
  const small = evaluationContext(plantedObjects({ count: 30, classNames: CLASSES }), {
    classObjectsMin: 11,
  });
  const bare = evaluationContext(plantedObjects({ count: 30, classNames: CLASSES, absent: () => true }));
  for (const task of [probeTask, fewLabelsTask, modalitiesTask, zeroShotTask]) {
    assert.deepEqual(task(one), { skipped: 'two classes with training objects are needed: there are 1' });
    for (const context of [none, small, bare])
      assert.deepEqual(task(context), {
        skipped: 'two classes with training objects are needed: there are 0',
      });
  }
});

test('shareOfEachClass() takes at least one of each class, and nests smaller shares in larger ones', () => {
  const context = evaluationContext(plantedObjects({ count: 90, classNames: CLASSES }));
  const rows = Int32Array.from({ length: 90 }, (_, i) => i);
  const share = (labelRatio: number): Int32Array =>
    shareOfEachClass(context, rows, { labelRatio, seed: 's' });
  assert.deepEqual(
    [1, 0.5, 0.1, 0.01].map((ratio) => share(ratio).length),
    [90, 45, 9, 3],
  );
  assert.ok(share(0.1).every((row) => share(0.5).includes(row)));
});

test('fewLabelsTask() needs fewer repetitions where all labels are used, and does worse with fewer', () => {
  const objects = plantedObjects({ count: 240, classNames: CLASSES, objectScatter: 1.2 });
  const { rows } = figuresOf(fewLabelsTask(evaluationContext(objects)));
  assert.deepEqual(
    rows.map(({ labelRatio, repetitions }) => [labelRatio, repetitions]),
    [
      [1, 1],
      [0.5, 2],
      [0.25, 2],
      [0.1, 2],
      [0.01, 2],
    ],
  );
  const [all, few] = [rows[0]?.linear.accuracy, rows.at(-1)?.linear.accuracy];
  assert.equal(all?.standardError, null);
  assert.ok(all.mean > (few?.mean ?? 1));
});

test('modalitiesTask() compares combinations on the objects that have them, and on those with all', () => {
  const objects = plantedObjects({
    count: 120,
    classNames: CLASSES,
    absent: (modality, row) => modality === 'spectra' && row % 2 === 0,
  });
  const { rows, completeObjects, n } = figuresOf(modalitiesTask(evaluationContext(objects)));
  assert.deepEqual(
    rows.map(({ modalities }) => modalities),
    ['P', 'S', 'M', 'P+S', 'S+M', 'M+P', 'all'],
  );
  assert.ok(completeObjects > 0 && completeObjects < n);
  for (const row of rows) {
    assert.equal(row.n, row.modalities.includes('S') || row.modalities === 'all' ? completeObjects : n);
    assert.ok(row.accuracy > 0.9);
  }
});

test('modalitiesTask() leaves out combinations that nobody has, and itself where there is one modality', () => {
  const without = plantedObjects({
    count: 60,
    classNames: CLASSES,
    absent: (modality) => modality === 'spectra',
  });
  const { rows } = figuresOf(modalitiesTask(evaluationContext(without)));
  assert.deepEqual(
    rows.map(({ modalities, completeAccuracy }) => [modalities, completeAccuracy]),
    [
      ['P', null],
      ['M', null],
      ['M+P', null],
    ],
  );
  const alone = plantedObjects({
    count: 60,
    classNames: CLASSES,
    absent: (modality) => modality !== 'photometry',
  });
  assert.deepEqual(modalitiesTask(evaluationContext(alone)), {
    skipped: 'objects have one modality only: photometry',
  });
});

test('zeroShotTask() finds classes across modalities that lie together, and chance where they do not', () => {
  const together = plantedObjects({ count: 120, classNames: CLASSES });
  const { rows } = figuresOf(zeroShotTask(evaluationContext(together)));
  assert.equal(rows.length, 9);
  for (const { accuracy, chance } of rows) {
    assert.ok(accuracy > 0.95);
    assert.equal(chance, 1 / 3);
  }
  const apart = {
    ...together,
    vectors: {
      ...together.vectors,
      spectra: plantedObjects({ count: 120, classNames: ['z'] }).vectors.spectra,
    },
  };
  const crossed = figuresOf(zeroShotTask(evaluationContext(apart))).rows.find(
    ({ centresFrom, queriesFrom }) => centresFrom === 'photometry' && queriesFrom === 'spectra',
  );
  assert.ok((crossed?.balancedAccuracy ?? 1) < 0.6);
});
