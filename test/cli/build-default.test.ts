import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openRelease } from '../../model/index.ts';
import { nightjar } from '../helpers/nightjar.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('releases build-default gives the same trained release and bank each time', async (context) => {
  const folder = await temporaryFolder(context);
  const built = async (name: string) => {
    const out = path.join(folder, name);
    const { status, err } = await nightjar(
      ...['releases', 'build-default', '--out', out, '--seed', 'twice'],
      ...['--objects', '40', '--bank-objects', '20', '--epochs', '1'],
    );
    assert.equal(status, 0, err);
    return openRelease(path.join(out, 'default'));
  };
  const first = await built('first');
  const second = await built('second');
  assert.equal(first.manifest.profile, 'alerts');
  assert.equal(first.manifest.weights.origin, 'trained');
  assert.ok(first.manifest.training !== null && first.manifest.bank !== null);
  assert.equal(second.manifest.weights.sha256, first.manifest.weights.sha256);
  assert.deepEqual(second.manifest.bank, first.manifest.bank);
  for (const file of ['bank.json', 'bank.safetensors']) {
    const [one, other] = await Promise.all(
      [first, second].map((release) => readFile(path.join(release.folder, file))),
    );
    assert.ok(one !== undefined && other?.equals(one), file);
  }
});
