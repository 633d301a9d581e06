import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { claimFolder } from '../../../../model/training/run/claim-folder.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

test('claimFolder() refuses a folder that is in use, until it is given back', async (context) => {
  const folder = await temporaryFolder(context);
  const release = await claimFolder(folder);
  await assert.rejects(
    claimFolder(folder),
    hasCode('OUTPUT_UNUSABLE', 'another process is at work there', String(process.pid)),
  );
  await release();
  const again = await claimFolder(folder);
  await again();
  assert.deepEqual(readdirSync(folder), []);
});

test('claimFolder() takes over what a process that is gone has left', async (context) => {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'in-use.json');
  const release = await claimFolder(folder);
  const claim = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  await release();
  for (const left of [JSON.stringify({ ...claim, startTicks: '1' }), 'torn']) {
    writeFileSync(file, left);
    await (
      await claimFolder(folder)
    )();
  }
});

test('claimFolder() names a folder that cannot be written', async (context) => {
  const folder = path.join(await temporaryFolder(context), 'none');
  await assert.rejects(claimFolder(folder), hasCode('OUTPUT_UNUSABLE', folder));
});
