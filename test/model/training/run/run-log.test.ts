import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRunLines, RunLog } from '../../../../model/training/run/run-log.ts';
import type { RunLine } from '../../../../model/training/run/run-log.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

function line(step: number): RunLine {
  return {
    kind: 'epoch',
    step,
    epoch: 1,
    trainingLoss: 0.1,
    validationLoss: null,
    validationParts: {},
    isBest: true,
  };
}

test('RunLog cuts what was not committed, and appends behind it', async (context) => {
  const file = path.join(await temporaryFolder(context), 'metrics.jsonl');
  const first = await RunLog.open(file, 0);
  await first.append(line(1));
  const bytes = await first.commit();
  await first.append(line(2));
  await first.close();
  const second = await RunLog.open(file, bytes);
  await second.append(line(3));
  await second.close();
  const lines: RunLine[] = [];
  for await (const read of readRunLines(file)) lines.push(read);
  assert.deepEqual(lines, [line(1), line(3)]);
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 3);
});

test('RunLog.open() refuses a file that is shorter than what was committed', async (context) => {
  const file = path.join(await temporaryFolder(context), 'metrics.jsonl');
  await assert.rejects(RunLog.open(file, 5), hasCode('OUTPUT_UNUSABLE', 'current value is 0 of 5 bytes'));
});

test('readRunLines() names file and line of what is damaged', async (context) => {
  const file = path.join(await temporaryFolder(context), 'metrics.jsonl');
  for (const damage of ['{"kind":"st', '7']) {
    writeFileSync(file, `${JSON.stringify(line(1))}\n${damage}\n`);
    const lines = readRunLines(file);
    assert.deepEqual((await lines.next()).value, line(1));
    await assert.rejects(lines.next(), hasCode('OUTPUT_UNUSABLE', 'metrics.jsonl:2', 'damaged'));
  }
});
