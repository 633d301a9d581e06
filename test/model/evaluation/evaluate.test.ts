import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../core/index.ts';
import { EVALUATION_TASKS, evaluate, evaluationReport, picturesOf } from '../../../model/index.ts';
import type { EmbeddedObjects, EvaluateOptions, EvaluationResult } from '../../../model/index.ts';
import { plantedObjects } from '../../helpers/planted-objects.ts';

async function results(
  objects: EmbeddedObjects,
  options: Partial<EvaluateOptions> = {},
): Promise<readonly EvaluationResult[]> {
  const all: EvaluationResult[] = [];
  for await (const result of evaluate({
    objects,
    clock: systemClock,
    noveltyObjectsMin: 20,
    seeds: 2,
    ...options,
  }))
    all.push(result);
  return all;
}

/** Class names that would break a page, a table or a path if they were taken as anything but text. */
const NAMES = ['</script>', 'a|b', 'RR "Lyrae" & co'];

test('evaluate() runs every task in order, with the same figures each time, and draws them', async () => {
  const objects = plantedObjects({ count: 75, classNames: NAMES, withFeatures: true });
  const first = await results(objects);
  assert.deepEqual(
    first.map(({ task }) => task),
    EVALUATION_TASKS,
  );
  for (const { task, skipped, elapsedMs, peakRssMiB } of first) {
    assert.equal(skipped, null, task);
    assert.ok(elapsedMs >= 0 && peakRssMiB > 10);
  }
  const figures = (all: readonly EvaluationResult[]) => all.map((result) => [result.figures, result.points]);
  assert.deepEqual(figures(await results(objects)), figures(first));
  const pictures = first.flatMap((result) => picturesOf(result));
  assert.equal(new Set(pictures.map(({ file }) => file)).size, 10);
  for (const { file, text } of pictures) {
    assert.ok(!/NaN|Infinity|undefined/.test(file.endsWith('.svg') ? text : ''), file);
    if (file.endsWith('.svg')) assert.ok(!text.includes('</script>'), file);
    else assert.equal(text.match(/<\/script>/g)?.length, 2, 'only the page itself ends a script');
  }
  const report = evaluationReport({ release: 'r', data: ['d'], about: ['3 objects.'], results: first });
  assert.match(report, /^# Evaluation of r\n\nData: d\n\n3 objects\.\n\n## Classes read off the embedding\n/);
  assert.match(report, /\| a\\\|b \| \d+ \|/);
  assert.match(report, /!\[Retrieval between modalities\]\(retrieval\.svg\)/);
});

test('evaluate() lets the other tasks run where some have nothing to work on', async () => {
  const objects = {
    ...plantedObjects({ count: 40, classNames: ['x'], absent: (modality) => modality === 'spectra' }),
    classNames: Array.from({ length: 40 }, () => null),
  };
  const all = await results(objects);
  const worked = all.filter(({ skipped }) => skipped === null).map(({ task }) => task);
  assert.deepEqual(worked, ['retrieval', 'map']);
  const report = evaluationReport({ release: 'r', data: ['d'], about: [], results: all });
  assert.match(
    report,
    /## Similar objects\n\nLeft out, as fewer than two objects have a class and an embedding\./,
  );
});

test('evaluate() runs the tasks asked for, and stops between them', async () => {
  const objects = plantedObjects({ count: 40, classNames: ['a', 'b'] });
  const some = await results(objects, { tasks: ['similarity', 'probe'] });
  assert.deepEqual(
    some.map(({ task }) => task),
    ['probe', 'similarity'],
  );
  const controller = new AbortController();
  controller.abort(new Error('stopped'));
  await assert.rejects(results(objects, { signal: controller.signal }), /stopped/);
});

test('evaluate() refuses settings out of their range', async () => {
  const objects = plantedObjects({ count: 4, classNames: ['a'] });
  for (const settings of [{ testRatio: 1 }, { testRatio: NaN }, { seeds: 0 }, { mapObjectsMax: 1.5 }])
    await assert.rejects(results(objects, settings), RangeError);
});
