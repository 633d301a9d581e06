import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { PipelineError } from '../../core/index.ts';
import { simulatedDataSet } from '../../simulator/index.ts';
import { called, nightjar } from '../helpers/nightjar.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

interface Line extends Record<string, unknown> {
  readonly task: string;
  readonly n: number;
}

/** Ids of the first objects of a simulation. */
async function simulatedIds(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { objectId } of simulatedDataSet({ survey: 'ztf', seed: '1', count }).objects(
    () => undefined,
  ))
    ids.push(objectId);
  return ids;
}

function linesOf(text: string): readonly Line[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

test('evaluate writes a line, a table and pictures for each task, the same each time', async (context) => {
  const folder = await temporaryFolder(context);
  const run = (out: string) =>
    nightjar(
      ...['evaluate', '--release', 'default', '--simulate', 'ztf:24', '--out', path.join(folder, out)],
      ...['--min-class', '3', '--tasks', 'probe,similarity,novelty,map', '--json'],
    );
  const { status, out, err } = await run('first');
  assert.equal(status, 0, err);
  const lines = linesOf(out);
  assert.deepEqual(
    lines.map(({ task }) => task),
    ['embed', 'probe', 'similarity', 'novelty', 'map'],
  );
  for (const line of lines) {
    assert.equal(line['release'], 'default');
    assert.deepEqual(line['data'], ['simulated:ztf:24']);
    assert.ok(Number.isInteger(line['elapsedMs']) && Number(line['peakRssMiB']) > 0);
  }
  assert.equal(lines[0]?.n, 24);
  assert.match(String(lines[3]?.['skipped']), /^no class has 100 objects/);
  assert.equal(await readFile(path.join(folder, 'first', 'evaluation.jsonl'), 'utf8'), out);
  assert.deepEqual((await readdir(path.join(folder, 'first'))).sort(), [
    'confusion.svg',
    'evaluation.jsonl',
    'map.html',
    'map.svg',
    'report.md',
    'similarity.svg',
  ]);
  const figures = (text: string) => linesOf(text).map((line) => ({ ...line, elapsedMs: 0, peakRssMiB: 0 }));
  assert.deepEqual(figures((await run('second')).out), figures(out));
});

test('evaluate takes classes and splits from a table of labels', async (context) => {
  const folder = await temporaryFolder(context);
  const [first, second] = await simulatedIds(2);
  const labels = path.join(folder, 'labels.csv');
  await writeFile(labels, `objectId,class,split\n${first},odd<b>,training\n${second},odd<b>,test\n`);
  const { out, err } = await nightjar(
    ...['evaluate', '--release', 'default', '--simulate', 'ztf:6:1', '--labels', labels],
    ...['--out', path.join(folder, 'out'), '--tasks', 'retrieval', '--json'],
  );
  const [embed, retrieval] = linesOf(out);
  assert.equal((embed?.['classes'] as Readonly<Record<string, number>>)['odd<b>'], 2, err);
  // The data name test objects now: one, which is too few to be found among others.
  assert.deepEqual(retrieval?.['skipped'], 'fewer than two objects have two modalities');
  const report = await readFile(path.join(folder, 'out', 'report.md'), 'utf8');
  assert.ok(report.includes('odd&lt;b> (2)') && !report.includes('<b>'), 'names are text');
});

test('evaluate refuses a folder with something in it, a path that is not there and no data', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(path.join(folder, 'full'));
  await writeFile(path.join(folder, 'full', 'x'), '');
  const evaluate = async (data: string, out: string): Promise<unknown> =>
    (await called('evaluate', '--release', 'default', '--data', data, '--out', path.join(folder, out))).error;
  const full = await evaluate('anything', 'full');
  assert.ok(full instanceof PipelineError && full.code === 'OUTPUT_UNUSABLE', String(full));
  assert.match(full.message, /must be new or empty: current value is 1 entries$/);
  const nothing = await evaluate(path.join(folder, 'nothing'), 'new');
  assert.ok(nothing instanceof PipelineError && nothing.code === 'INPUT_NOT_FOUND', String(nothing));
  const none = await called('evaluate', '--release', 'default', '--out', path.join(folder, 'new'));
  assert.match(none.err, /give --data or --simulate/);
  assert.deepEqual(await readdir(folder), ['full'], 'a wrong path leaves no folder');
});

test('evaluate names what a flag takes', async () => {
  const base = ['evaluate', '--release', 'default', '--data', 'x', '--out', 'y'];
  assert.match((await called(...base, '--tasks', 'probe,charm')).err, /It takes probe or few-labels or /);
  assert.match((await called(...base, '--test-ratio', '1')).err, /between 0 and 1/);
  assert.match((await called(...base, '--simulate', 'moon:5')).err, /It takes a survey/);
  assert.match((await called(...base, '--workers', '0')).err, /from 1 to 64/);
});
