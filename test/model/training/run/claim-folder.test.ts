import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { claimFolder } from '../../../../model/training/run/claim-folder.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

test('claimFolder() refuses a folder that is in use, until it is given back', async (context) => {
  const folder = await temporaryFolder(context);
  const claimed = await claimFolder(folder);
  await assert.rejects(
    claimFolder(folder),
    hasCode('OUTPUT_UNUSABLE', 'another process is at work there', String(process.pid)),
  );
  await claimed.close();
  const again = await claimFolder(folder);
  await again.close();
  assert.deepEqual(readdirSync(folder), []);
});

test('claimFolder() takes over what a process that is gone has left', async (context) => {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'in-use.json');
  const claimed = await claimFolder(folder);
  const claim = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  await claimed.close();
  for (const left of [JSON.stringify({ ...claim, startTicks: '1' }), 'torn']) {
    writeFileSync(file, left);
    await (await claimFolder(folder)).close();
  }
});

test('claimFolder() names a folder that cannot be written', async (context) => {
  const folder = path.join(await temporaryFolder(context), 'none');
  await assert.rejects(claimFolder(folder), hasCode('OUTPUT_UNUSABLE', folder));
});

test('a claim that another process has taken over is noticed, and left alone', async (context) => {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'in-use.json');
  const claimed = await claimFolder(folder);
  await claimed.requireOwn();
  writeFileSync(file, 'of another');
  await assert.rejects(claimed.requireOwn(), hasCode('OUTPUT_UNUSABLE', folder, 'has taken it over'));
  await claimed.close();
  assert.equal(readFileSync(file, 'utf8'), 'of another');
});

test('claimFolder() gives a stale claim to one of many that want it', async (context) => {
  const folder = await temporaryFolder(context);
  for (let round = 0; round < 20; round++) {
    writeFileSync(path.join(folder, 'in-use.json'), 'stale');
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => claimFolder(folder)));
    const claims = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    const owners = await Promise.allSettled(claims.map((claim) => claim.requireOwn()));
    assert.equal(owners.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const claim of claims) await claim.close();
    assert.deepEqual(readdirSync(folder), []);
  }
});
