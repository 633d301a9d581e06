import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { median, resultLine } from '../../bench/result.ts';
import { alternate, figureOf } from '../../bench/rounds.ts';
import { figureText } from '../../bench/table.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('median() is the middle value, the mean of the two middle ones, and NaN of nothing', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.equal(median([]), NaN);
});

test('figureText() has three digits, thousands apart, and no exponent', () => {
  assert.deepEqual([0.012345, 1.5, 12345, NaN].map(figureText), ['0.0123', '1.5', '12,300', '–']);
});

test('resultLine() says what was measured where, with raw values and their median', () => {
  const figures = { rate: { unit: '1/s', raw: [3, 1, 2] } };
  const line = JSON.parse(
    resultLine({ name: 'x', config: { rounds: 3 }, n: { a: 5 }, figures, text: '' }),
  ) as Record<string, unknown>;
  for (const key of ['commit', 'isDirty', 'date', 'cpu', 'cores', 'memoryGib', 'node', 'onnxRuntime'])
    assert.ok(line[key] !== undefined, key);
  assert.deepEqual(line['config'], { rounds: 3 });
  assert.deepEqual(line['n'], { a: 5 });
  assert.deepEqual(line['figures'], { rate: { unit: '1/s', median: 2, raw: [3, 1, 2] } });
});

test('alternate() runs each variant once a round and turns the order round each time', async (context) => {
  const log = path.join(await temporaryFolder(context), 'log');
  const program = (name: string): string =>
    `require('node:fs').appendFileSync(${JSON.stringify(log)}, '${name}'); console.log('noise\\n{"v":1}')`;
  const variants = ['a', 'b', 'c'].map((name) => ({
    name,
    command: process.execPath,
    args: ['-e', program(name)],
  }));
  const figures = alternate(variants, { rounds: 3 });
  assert.equal(readFileSync(log, 'utf8'), 'abccbaabc');
  assert.deepEqual(figureOf(figures.get('b'), 'v'), [1, 1, 1]);
  assert.deepEqual(figureOf(figures.get('b'), 'absent'), [NaN, NaN, NaN]);
});

test('alternate() fails with what a variant said when it fails', () => {
  const failing = { name: 'bad', command: process.execPath, args: ['-e', 'throw new Error("why")'] };
  assert.throws(() => alternate([failing], { rounds: 1 }), /"bad".*why/s);
  assert.throws(() => alternate([{ ...failing, command: '/nowhere' }], { rounds: 1 }), /"bad".*ENOENT/);
});
