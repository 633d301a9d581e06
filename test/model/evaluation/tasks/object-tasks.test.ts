import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  labelDistances,
  misclassificationTask,
  plantWrongLabels,
} from '../../../../model/evaluation/tasks/misclassification-task.ts';
import { noveltyTask } from '../../../../model/evaluation/tasks/novelty-task.ts';
import { retrievalTask } from '../../../../model/evaluation/tasks/retrieval-task.ts';
import { similarityTask } from '../../../../model/evaluation/tasks/similarity-task.ts';
import { evaluationContext, figuresOf } from '../../../helpers/evaluation-context.ts';
import { plantedObjects } from '../../../helpers/planted-objects.ts';

const CLASSES = ['a', 'b', 'c'];

test('retrievalTask() finds partners that lie near each other, in both directions of each pair', () => {
  const objects = plantedObjects({ count: 60, classNames: CLASSES });
  const { rows, n, objects: which } = figuresOf(retrievalTask(evaluationContext(objects)));
  assert.equal(rows.length, 6);
  assert.deepEqual([n, which], [60, 'all']);
  for (const row of rows) {
    assert.ok(row.recallAt1 > 0.8 && row.recallAt1 <= row.recallAt5 && row.recallAt5 <= row.recallAt10);
    assert.equal(row.chanceAt10, 10 / 60);
    assert.deepEqual(row.curve.at(-1), { k: 60, recall: 1 });
  }
});

test('retrievalTask() is at chance for embeddings without relation, and asks about the test objects of the data', () => {
  const objects = plantedObjects({
    count: 400,
    classNames: ['a'],
    modalityScatter: 100,
    split: (row) => (row % 2 === 0 ? 'test' : 'training'),
  });
  const { rows, n, objects: which } = figuresOf(retrievalTask(evaluationContext(objects)));
  assert.deepEqual([n, which], [200, 'test']);
  // 200 candidates: the mean rank by chance is 100.5, with a scatter of 58 / √200.
  for (const { rankMean } of rows) assert.ok(Math.abs(rankMean - 100.5) < 5 * 4.1);
});

test('retrievalTask() leaves out pairs that nobody has', () => {
  const without = plantedObjects({
    count: 40,
    classNames: CLASSES,
    absent: (modality) => modality === 'spectra',
  });
  assert.equal(figuresOf(retrievalTask(evaluationContext(without))).rows.length, 2);
  const alone = plantedObjects({
    count: 40,
    classNames: CLASSES,
    absent: (modality) => modality !== 'metadata',
  });
  assert.deepEqual(retrievalTask(evaluationContext(alone)), {
    skipped: 'fewer than two objects have two modalities',
  });
});

test('misclassificationTask() finds planted labels, and names the objects that fit least', () => {
  const planted = plantedObjects({ count: 300, classNames: CLASSES });
  // One that is wrong in the data.
  const classNames = planted.classNames.map((name, row) => (row === 3 ? 'b' : name));
  const figures = figuresOf(misclassificationTask(evaluationContext({ ...planted, classNames })));
  assert.deepEqual([figures.n, figures.planted, figures.repetitions], [300, 6, 2]);
  assert.ok(figures.auroc.mean > 0.98);
  assert.ok((figures.inspected.at(-1)?.found.mean ?? 0) > 0.95);
  const [first] = figures.suspects;
  assert.deepEqual([first?.objectId, first?.className, first?.nearestClass], ['object 3', 'b', 'a']);
});

test('plantWrongLabels() changes as many as asked, each to another class, the same for the same seed', () => {
  const labels = Int32Array.from({ length: 100 }, (_, i) => i % 4);
  const ids = Array.from({ length: 100 }, (_, i) => `o${i}`);
  const plant = (seed: string) => plantWrongLabels({ labels, ids, classCount: 4, planted: 10, seed });
  const { labels: noisy, isPlanted } = plant('1');
  assert.equal(
    isPlanted.reduce((sum, flag) => sum + flag, 0),
    10,
  );
  noisy.forEach((own, i) => {
    assert.equal(own !== labels[i], isPlanted[i] === 1);
  });
  assert.deepEqual(plant('1'), { labels: noisy, isPlanted });
  assert.notDeepEqual(plant('2').isPlanted, isPlanted);
});

test('labelDistances() is 0 beside equals, 2 for a label that no other object has', () => {
  const rows = { width: 2, data: Float32Array.of(1, 0, 1, 0, 0, 1) };
  assert.deepEqual([...labelDistances(rows, Int32Array.of(0, 0, 1), 2)], [0, 0, 2]);
  assert.deepEqual([...labelDistances(rows, Int32Array.of(0, 1, 1), 2)], [2, 1, 1]);
});

test('misclassificationTask() and similarityTask() say why there is nothing to do', () => {
  const one = evaluationContext(plantedObjects({ count: 30, classNames: ['only'] }));
  assert.deepEqual(misclassificationTask(one), { skipped: 'all objects are of one class' });
  const few = evaluationContext(plantedObjects({ count: 6, classNames: CLASSES }));
  assert.deepEqual(misclassificationTask(few), {
    skipped: '20 objects with a class are needed: there are 6',
  });
  const lone = evaluationContext(plantedObjects({ count: 1, classNames: ['only'] }));
  assert.deepEqual(similarityTask(lone), { skipped: 'fewer than two objects have a class and an embedding' });
});

test('similarityTask() counts neighbours of the same class without the object itself', () => {
  const objects = plantedObjects({ count: 90, classNames: CLASSES });
  const { purity, chance, perClass, references } = figuresOf(similarityTask(evaluationContext(objects)));
  assert.ok(purity > 0.99);
  assert.ok(Math.abs(chance - 29 / 89) < 1e-12);
  assert.deepEqual([perClass.length, references], [3, 90]);
  // Two of a class and one other: of the two neighbours of each one half, and none, are of its class.
  const three = { ...plantedObjects({ count: 3, classNames: ['x'] }), classNames: ['p', 'p', 'q'] };
  const small = figuresOf(similarityTask(evaluationContext(three)));
  assert.deepEqual(
    small.perClass.map(({ purity: own, chance: expected }) => [own, expected]),
    [
      [0.5, 0.5],
      [0, 0],
    ],
  );
});

test('noveltyTask() finds each class that was left out, within its survey', () => {
  const objects = plantedObjects({
    count: 240,
    classNames: [...CLASSES, 'd'],
    objectScatter: 0.2,
    withFeatures: true,
    survey: (row) => (row % 8 < 4 ? 'ztf' : 'lsst'),
  });
  const { rows, means } = figuresOf(noveltyTask(evaluationContext(objects)));
  assert.deepEqual(
    rows.map(({ survey, className }) => `${survey} ${className}`),
    ['lsst a', 'lsst b', 'lsst c', 'lsst d', 'ztf a', 'ztf b', 'ztf c', 'ztf d'],
  );
  for (const { scores } of rows) {
    assert.equal(scores.combined?.novel, 30);
    assert.ok((scores.embeddingKnn?.auroc ?? 0) > 0.95);
    assert.ok((scores.neighbourDoubt?.auroc ?? 0) > 0.5);
  }
  assert.ok((means.combined?.auroc ?? 0) > 0.8 && (means.featuresKnn?.auroc ?? 0) > 0.95);
});

test('noveltyTask() needs a class of enough objects beside two others', () => {
  const small = evaluationContext(plantedObjects({ count: 60, classNames: CLASSES }), {
    noveltyObjectsMin: 21,
  });
  const two = evaluationContext(plantedObjects({ count: 60, classNames: ['a', 'b'] }));
  for (const context of [small, two])
    assert.match(
      (noveltyTask(context) as { readonly skipped: string }).skipped,
      /^no class has \d+ objects of one survey/,
    );
});
