import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { NightFiles } from '../../simulator/index.ts';
import { hasCode } from '../helpers/has-code.ts';
import { nightjar } from '../helpers/nightjar.ts';
import { ReplayBench } from '../helpers/replays.ts';
import { smallDisk } from '../helpers/small-disk.ts';

const bench = new ReplayBench();
const alerts = 120;
let night: NightFiles;
let call: { readonly paths: readonly string[]; readonly spectra: string };

before(async () => {
  night = await bench.night('night.tar', { survey: 'ztf', seed: 3, alerts });
  call = { paths: [night.archive], spectra: night.spectra };
  await bench.replay({ ...call, out: 'whole' });
});
after(() => bench.close());

test('a replay onto a disk that is too small from the start ends in one line', async (context) => {
  const disk = smallDisk(context, bench.path('tiny'), '256k');
  if (disk === null) return;
  const { status, out, err } = await nightjar(
    'replay',
    night.archive,
    '--out',
    path.join(disk.folder, 'out'),
  );
  assert.deepEqual([status, out], [1, '']);
  assert.match(err, /^nightjar: OUTPUT_NO_SPACE: [^\n]*\n$/);
  disk.remount('size=16m');
  const again = await nightjar('replay', night.archive, '--out', path.join(disk.folder, 'out'));
  assert.equal(again.status, 0, again.err);
  assert.match(again.out, /120 packets consumed, 120 accounted for/);
});

for (const ratio of [0.6, 0.85, 0.95]) {
  test(`a replay whose disk fills up at ${ratio} of it goes on to the same bytes when there is room`, async (context) => {
    const name = `disk-${ratio}`;
    const disk = smallDisk(context, bench.path(name), `${Math.round(usedBytes('whole') * ratio)}`);
    if (disk === null) return;
    const out = path.join(name, 'out');
    await assert.rejects(bench.replay({ ...call, out }), hasCode('OUTPUT_NO_SPACE', name));
    const consumed = consumedBy(out);
    assert.ok(consumed < alerts && (ratio < 0.8 || consumed > 0), `${consumed} packets`);
    disk.remount('size=16m');
    await bench.replay({ ...call, out });
    assert.deepEqual(bench.output(out), bench.output('whole'));
  });
}

/** Bytes on the disk of an output with its store. */
function usedBytes(out: string): number {
  const files = readdirSync(bench.path(out), { recursive: true, encoding: 'utf8' });
  return files.reduce((sum, file) => sum + statSync(bench.path(out, file)).blocks * 512, 0);
}

test('a replay onto a file system that is read-only is refused', async (context) => {
  const disk = smallDisk(context, bench.path('sealed'), '1m');
  if (disk === null) return;
  disk.remount('ro');
  const sealed = bench.replay({ ...call, out: 'sealed/out' });
  await assert.rejects(sealed, hasCode('OUTPUT_UNUSABLE', 'sealed/out', 'read-only'));
});

test('a replay into a folder without permission is refused', async (context) => {
  if (process.getuid?.() === 0) {
    context.skip('permissions do not bind root; a read-only file system is tested instead');
    return;
  }
  mkdirSync(bench.path('locked'));
  chmodSync(bench.path('locked'), 0o500);
  await assert.rejects(
    bench.replay({ ...call, out: 'locked/out' }),
    hasCode('OUTPUT_UNUSABLE', 'permission'),
  );
});

function consumedBy(out: string): number {
  const file = bench.path(out, 'checkpoint.json');
  if (!existsSync(file)) return 0;
  const { ledger } = JSON.parse(readFileSync(file, 'utf8')) as { ledger: { total: { consumed: number } } };
  return ledger.total.consumed;
}
