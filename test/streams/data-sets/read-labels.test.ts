import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readLabels } from '../../../streams/data-sets/read-labels.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('readLabels() reads classes and splits by object id, the first of each', async (t) => {
  const file = path.join(await temporaryFolder(t), 'labels.csv');
  await writeFile(
    file,
    'objectId,class,split,note\n170591547471429724,RRab,train,x\nb,,test,\nb,EW,,\n,EW,,\n',
  );
  assert.deepEqual(
    [...(await readLabels(file))],
    [
      ['170591547471429724', { className: 'RRab', split: 'training' }],
      ['b', { className: null, split: 'test' }],
    ],
  );
});

test('readLabels() says what is missing', async (t) => {
  const file = path.join(await temporaryFolder(t), 'labels.csv');
  await assert.rejects(readLabels(file), hasCode('INPUT_NOT_FOUND', 'labels.csv'));
  await writeFile(file, 'objectId,kind\na,RRab\n');
  await assert.rejects(readLabels(file), hasCode('DATA_SET_INVALID', 'labels.csv', 'column "class"'));
});
