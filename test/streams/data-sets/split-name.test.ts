import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitOfName, splitOfPath } from '../../../streams/data-sets/split-name.ts';

test('splitOfName() knows the words that data sets use', () => {
  const words = [
    'train',
    'Training',
    'val',
    'valid',
    'validation',
    'dev',
    'test',
    ' TEST ',
    'holdout',
    '',
    null,
  ];
  assert.deepEqual(words.map(splitOfName), [
    'training',
    'training',
    'validation',
    'validation',
    'validation',
    'validation',
    'test',
    'test',
    null,
    null,
    null,
  ]);
  assert.equal(splitOfName('constructor'), null);
});

test('splitOfPath() takes the first word of the file, then of the folders from the innermost', () => {
  assert.equal(splitOfPath('full_42/train-00000-of-00002.parquet'), 'training');
  assert.equal(splitOfPath('test/part-0.parquet'), 'test');
  assert.equal(splitOfPath('test/val.csv'), 'validation');
  assert.equal(splitOfPath('trainer/data.parquet'), null);
  assert.equal(splitOfPath('data.parquet'), null);
});
