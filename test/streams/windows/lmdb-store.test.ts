import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Metrics, PipelineError } from '../../../core/index.ts';
import type { ErrorCode } from '../../../core/index.ts';
import { openLmdbStore } from '../../../streams/index.ts';
import type { LmdbStoreOptions, ObjectLimits, ObjectStore } from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';
import { objectStoreContract } from './object-store-contract.ts';
import { recordOf } from './metadata-records.ts';
import { spectrumOf } from './spectra.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { JOIN_RULES } from './join-rules.ts';

const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };

function writing(
  folder: string,
  window = WIDE,
  join = JOIN_RULES,
): Extract<LmdbStoreOptions, { mode: 'write' }> {
  return { mode: 'write', folder, window, join };
}

objectStoreContract('LMDB', () => {
  const { folder, remove } = temporaryFolder();
  const opened = new Set<ObjectStore>();
  return Promise.resolve({
    async open(limits, join) {
      const store = await openLmdbStore(writing(path.join(folder, 'store'), limits, join));
      opened.add(store);
      return store;
    },
    async dispose() {
      for (const store of opened) await store.close();
      remove();
    },
  });
});

/** Runs a check in a folder of its own. */
function testIn(title: string, check: (folder: string, context: TestContext) => Promise<void>): void {
  test(title, async (context) => {
    const { folder, remove } = temporaryFolder();
    try {
      await check(path.join(folder, 'store'), context);
    } finally {
      remove();
    }
  });
}

function failsWith(code: ErrorCode, pattern: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PipelineError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'));
    return true;
  };
}

async function filled(folder: string, objects = 20): Promise<void> {
  const store = await openLmdbStore(writing(folder));
  await store.merge(
    Array.from({ length: objects }, (_, i) => alertOf({ objectId: `Z${i}`, mjd: 10, index: i })),
  );
  await store.close();
}

testIn('openLmdbStore() to read needs a store', async (folder) => {
  await assert.rejects(
    openLmdbStore({ mode: 'read', folder }),
    failsWith('INPUT_NOT_FOUND', /no such folder/),
  );
  assert.equal(existsSync(folder), false);
  mkdirSync(folder);
  await assert.rejects(openLmdbStore({ mode: 'read', folder }), failsWith('STORE_UNREADABLE', /data\.mdb/));
  const file = path.join(folder, 'file');
  writeFileSync(file, 'x');
  await assert.rejects(
    openLmdbStore({ mode: 'read', folder: file }),
    failsWith('STORE_UNREADABLE', /as a store/),
  );
  await assert.rejects(openLmdbStore(writing(file)), failsWith('OUTPUT_UNUSABLE', /EEXIST/));
});

testIn('openLmdbStore() makes no store among other files', async (folder) => {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'thesis.tex'), 'x');
  await assert.rejects(openLmdbStore(writing(folder)), failsWith('OUTPUT_UNUSABLE', /"thesis\.tex"/));
});

testIn('openLmdbStore() refuses what is not LMDB, or is cut off', async (folder) => {
  mkdirSync(folder);
  const data = path.join(folder, 'data.mdb');
  writeFileSync(data, Buffer.alloc(100_000, 'garbage'));
  for (const options of [writing(folder), { mode: 'read', folder } as const]) {
    await assert.rejects(openLmdbStore(options), failsWith('STORE_UNREADABLE', /no LMDB file/));
  }
  writeFileSync(data, 'short');
  await assert.rejects(openLmdbStore(writing(folder)), failsWith('STORE_UNREADABLE', /no LMDB file/));
});

testIn('openLmdbStore() refuses a store whose end is missing', async (folder) => {
  await filled(folder, 3000);
  const data = path.join(folder, 'data.mdb');
  truncateSync(data, Math.floor(statSync(data).size / 2 / 4096) * 4096);
  for (const options of [writing(folder), { mode: 'read', folder } as const]) {
    await assert.rejects(openLmdbStore(options), failsWith('STORE_UNREADABLE', /at least \d+ bytes/));
  }
});

testIn(
  'a store that lost a few of its last pages is refused, and does not end the process',
  async (folder) => {
    await filled(folder, 300);
    const data = path.join(folder, 'data.mdb');
    truncateSync(data, Math.floor(statSync(data).size / 4096 - 20) * 4096);
    const store = openLmdbStore(writing(folder));
    const read = store.then(async (opened) => {
      await opened.merge(
        Array.from({ length: 300 }, (_, i) => alertOf({ objectId: `o${i}`, mjd: 20, index: i })),
      );
    });
    await assert.rejects(read, failsWith('STORE_UNREADABLE', /MDB_CORRUPTED|checksum|damaged/));
  },
);

testIn('openLmdbStore() does not read an empty data file', async (folder) => {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'data.mdb'), '');
  await assert.rejects(openLmdbStore({ mode: 'read', folder }), failsWith('STORE_UNREADABLE', /is empty/));
});

testIn('openLmdbStore() takes an empty data file as a store whose making was cut short', async (folder) => {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'data.mdb'), '');
  await filled(folder);
});

testIn('openLmdbStore() refuses a store of another format', async (folder) => {
  await filled(folder);
  const data = path.join(folder, 'data.mdb');
  const bytes = readFileSync(data);
  // Every version of the entry: key "format", value "2".
  for (let at = bytes.indexOf('format2'); at >= 0; at = bytes.indexOf('format2', at + 1))
    bytes.write('9', at + 6);
  writeFileSync(data, bytes);
  for (const options of [writing(folder), { mode: 'read', folder } as const]) {
    await assert.rejects(
      openLmdbStore(options),
      failsWith('STORE_UNREADABLE', /reads format 2: current value is 9/),
    );
  }
});

testIn('openLmdbStore() names the object whose bytes are damaged', async (folder) => {
  await filled(folder);
  const data = path.join(folder, 'data.mdb');
  const bytes = readFileSync(data);
  for (let at = bytes.indexOf('night.tar.gz#7'); at >= 0; at = bytes.indexOf('night.tar.gz#7', at + 1)) {
    bytes.write('N', at);
  }
  writeFileSync(data, bytes);
  const store = await openLmdbStore({ mode: 'read', folder });
  assert.notEqual(await store.object('ztf/Z6'), null);
  await assert.rejects(store.object('ztf/Z7'), failsWith('STORE_UNREADABLE', /object "ztf\/Z7".*damaged/));
  await store.close();
});

testIn('a store has one writer, and readers beside it', async (folder) => {
  const writer = await openLmdbStore(writing(folder));
  await assert.rejects(
    openLmdbStore(writing(folder)),
    failsWith(
      'OUTPUT_UNUSABLE',
      new RegExp(`one process writes it at a time: current value is process ${process.pid}`),
    ),
  );
  await writer.merge([alertOf({ mjd: 10 })]);
  const reader = await openLmdbStore({ mode: 'read', folder });
  await writer.merge([alertOf({ mjd: 11, index: 1 })]);
  assert.equal((await reader.object('ztf/ZTF18abcdefg'))?.revision, 2);
  await assert.rejects(reader.merge([alertOf({ mjd: 12 })]), TypeError);
  await reader.close();
  await writer.close();
  await (await openLmdbStore(writing(folder))).close();
});

testIn('a reader has the limits that the writer had', async (folder) => {
  const writer = await openLmdbStore(writing(folder, { ...WIDE, pointsMax: 2 }));
  await writer.merge([10, 11, 12].map((mjd, index) => alertOf({ mjd, index })));
  await writer.close();
  const reader = await openLmdbStore({ mode: 'read', folder });
  assert.equal((await reader.object('ztf/ZTF18abcdefg'))?.lightCurve.points.length, 2);
  await reader.close();
});

testIn('what merge() returned survives SIGKILL, and the store can be written at once', async (folder) => {
  const program = path.join(import.meta.dirname, 'merge-until-killed.js');
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > 5) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [unknown, string];
  assert.equal(signal, 'SIGKILL');
  const revision = Number(told.trimEnd().split('\n').at(-1));
  const store = await openLmdbStore(writing(folder));
  const view = await store.object('ztf/ZTF18abcdefg');
  assert.ok((view?.revision ?? 0) >= revision, `${view?.revision} stored, ${revision} told`);
  await store.close();
});

testIn('a full disk is one error, and nothing of the batch is stored', async (folder, context) => {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip('a file system cannot be mounted here');
    return;
  }
  try {
    const store = await openLmdbStore(writing(folder));
    let index = 0;
    const batch = (): ReturnType<ObjectStore['merge']> =>
      store.merge(
        Array.from({ length: 16 }, () => alertOf({ objectId: `Z${index}`, mjd: 10, index: index++ })),
      );
    await assert.rejects(
      async () => {
        for (let i = 0; i < 200; i++) await batch();
      },
      failsWith('OUTPUT_NO_SPACE', /bytes free: current value is \d+ bytes/),
    );
    assert.equal(await store.object(`ztf/Z${index - 1}`), null);
    assert.notEqual(await store.object(`ztf/Z${index - 17}`), null);
    await store.close();
    const reader = await openLmdbStore({ mode: 'read', folder });
    assert.notEqual(await reader.object('ztf/Z0'), null);
    await reader.close();
  } finally {
    execFileSync('umount', [folder]);
  }
});

testIn('a disk that is full before the store is made is one error', async (folder, context) => {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip('a file system cannot be mounted here');
    return;
  }
  try {
    await assert.rejects(
      openLmdbStore(writing(folder)),
      failsWith('OUTPUT_NO_SPACE', /needs \d+ bytes free/),
    );
  } finally {
    execFileSync('umount', [folder]);
  }
});

testIn('a copy of a store opens, without its lock file too', async (folder) => {
  await filled(folder);
  const copy = `${folder}-copy`;
  mkdirSync(copy);
  copyFileSync(path.join(folder, 'data.mdb'), path.join(copy, 'data.mdb'));
  const store = await openLmdbStore({ mode: 'read', folder: copy });
  assert.notEqual(await store.object('ztf/Z0'), null);
  await store.close();
});

testIn('merge() tells the size of the store', async (folder) => {
  const metrics = new Metrics();
  const store = await openLmdbStore({
    ...writing(folder, { ...WIDE, pointsMax: 1 }),
    mode: 'write',
    metrics,
  });
  await store.merge([10, 11].map((mjd, index) => alertOf({ mjd, index })));
  await store.close();
  const text = await metrics.exposition();
  assert.match(text, /nightjar_window_store_bytes [1-9]/);
});

testIn('a store of format 1 opens, with its objects and the spectra that wait', async (folder) => {
  const fixture = path.join(import.meta.dirname, '../../../../test/fixtures/store-format-1.mdb.gz');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'data.mdb'), gunzipSync(readFileSync(fixture)));
  const reader = await openLmdbStore({ mode: 'read', folder });
  const seen = await reader.object('ztf/X');
  assert.deepEqual(
    [seen?.revision, seen?.spectrum?.spectrumId, seen?.packetMetadata, seen?.joinedMetadata],
    [4, 'second.fits', {}, {}],
  );
  await reader.close();
  const writer = await openLmdbStore(writing(folder));
  const [again] = await writer.merge([
    alertOf({ objectId: 'X', mjd: 10, index: 0, metadata: { hostMag: 19 } }),
  ]);
  assert.ok(again?.kind === 'merged' && again.isRedelivered);
  assert.equal(again.view.spectrum?.spectrumId, 'first.fits');
  assert.equal(again.view.keptPeriods, undefined);
  const known = await writer.putSpectrum(spectrumOf({ spectrumId: 'second.fits', objectId: 'X' }), null);
  assert.deepEqual(
    [known.sequence, known.outcomes.map(({ view, isRedelivered }) => [view.revision, isRedelivered])],
    [2, [[3, true]]],
  );
  await writer.putSpectrum(spectrumOf({ spectrumId: 'newer.fits', objectId: 'Y' }), 1000);
  const [named, placed] = await writer.merge([
    alertOf({ objectId: 'Y', mjd: 10 }),
    alertOf({ objectId: 'Z', mjd: 10, raDeg: 200, decDeg: -5 }),
  ]);
  assert.equal(named?.kind === 'merged' && named.view.spectrum?.spectrumId, 'newer.fits');
  assert.equal(placed?.kind === 'merged' && placed.view.spectrum?.spectrumId, 'placed.fits');
  await writer.close();
});

testIn('putSpectrum() and putMetadata() tell how many wait, and how many expired', async (folder) => {
  const metrics = new Metrics();
  const store = await openLmdbStore({ ...writing(folder, WIDE, { ...JOIN_RULES, waitingMax: 2 }), metrics });
  for (const [i, objectId] of ['A', 'B', 'C'].entries()) {
    await store.putMetadata(recordOf({ recordId: `r${i}`, objectId }), i);
  }
  await store.putSpectrum(spectrumOf({ objectId: 'A' }), 0);
  await store.close();
  const text = await metrics.exposition();
  assert.match(text, /nightjar_join_waiting\{kind="metadata"\} 2\n/);
  assert.match(text, /nightjar_join_waiting\{kind="spectrum"\} 1\n/);
  assert.match(text, /nightjar_join_expired_total\{kind="metadata"\} 1\n/);
});
