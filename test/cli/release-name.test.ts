import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { releaseNameFrom } from '../../cli/release-name.ts';
import { RELEASE_NAME } from '../../model/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.js');

test('releaseNameFrom() gives a name that a release may have, for any folder', () => {
  assert.equal(releaseNameFrom('releases/My Release'), 'my-release');
  assert.equal(releaseNameFrom('/tmp/v1.2_b/'), 'v1.2_b');
  for (const folder of ['/', '.hidden', '__', 'Ünïcode', 'x'.repeat(200), '-'])
    assert.match(releaseNameFrom(folder), RELEASE_NAME, folder);
});

test('releases initialise takes a folder of any name, and refuses a name that a release cannot have', async (context) => {
  const folder = path.join(await temporaryFolder(context), 'My Release');
  const initialise = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [MAIN, 'releases', 'initialise', '--out', folder, '--objects', '4', ...args]);
  assert.equal(initialise('--name', 'My Release').status, 2);
  assert.equal(initialise().status, 0);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as { name: string };
  assert.equal(manifest.name, 'my-release');
});
