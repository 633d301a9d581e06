import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { PipelineError, loadConfig } from '../../../core/index.ts';
import { listArchiveInputs, readArchives } from '../../../streams/index.ts';
import type { DecodedPacket } from '../../../streams/index.ts';
import { SourceFault } from '../../../streams/avro/byte-reader.ts';
import { gunzip } from '../../../streams/archives/gunzip.ts';
import { tarMembers } from '../../../streams/archives/tar-members.ts';
import { realData } from '../../helpers/real-data.ts';
import {
  collected,
  inPieces,
  outcomes,
  testAlert,
  testContainer,
  testDecoder,
  testMessage,
} from '../../helpers/test-packets.ts';

const STORED = { ...loadConfig(null).archive, order: 'stored' } as const;

function folder(context: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'nightjar-archives-'));
  context.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

async function tar(members: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(members)) archive.entry({ name }, bytes);
  archive.finalize();
  return Buffer.concat((await collected(archive)) as readonly Buffer[]);
}

async function packets(...files: readonly string[]): Promise<readonly DecodedPacket[]> {
  return collected(readArchives(await listArchiveInputs(files), { decoder: testDecoder(), archive: STORED }));
}

/** Packets as words, with where they lie below the folder. */
async function placed(base: string, ...files: readonly string[]): Promise<readonly string[]> {
  const all = await packets(...files);
  return outcomes(all).map((outcome, i) => {
    const source = all[i]?.source;
    assert.ok(source !== undefined && 'file' in source);
    return `${path.relative(base, source.file)}${source.member === undefined ? '' : `!${source.member}`} ${outcome}`;
  });
}

async function avroOf(...ids: readonly number[]): Promise<Buffer> {
  return testContainer([ids.map((id) => testAlert(id, 60_000 + id))]);
}

test('readArchives() reads files, messages, tars and gzipped ones by their bytes, whatever their names', async (context) => {
  const base = folder(context);
  const inner = await tar({
    'b.avro': await avroOf(1),
    'sub/a.avro.gz': gzipSync(await avroOf(2)),
    'c.msg': testMessage(7, testAlert(3, 1)),
  });
  const files: Readonly<Record<string, Buffer>> = {
    '1.dat': await avroOf(4, 5),
    '2.x': gzipSync(await avroOf(6)),
    '3.tar': inner,
    '4.avro': gzipSync(inner),
    five: testMessage(7, testAlert(7, 1)),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(base, name), bytes);
  const wanted = [
    '1.dat T4',
    '1.dat T5',
    '2.x T6',
    ...['3.tar', '4.avro'].flatMap((file) => [
      `${file}!b.avro T1`,
      `${file}!sub/a.avro.gz T2`,
      `${file}!c.msg T3`,
    ]),
    'five T7',
  ];
  assert.deepEqual(await placed(base, base), wanted);
  const named = Object.keys(files).map((name) => path.join(base, name));
  assert.deepEqual(await placed(base, ...named), wanted);
});

test('listArchiveInputs() takes packets and archives below a folder in order of path, and passes over the rest', async (context) => {
  const base = folder(context);
  mkdirSync(path.join(base, 'b', 'deep'), { recursive: true });
  const good = await avroOf(1);
  for (const name of ['z.avro', 'b/deep/a.avro', 'b.avro', 'b/plain', 'B.avro'])
    writeFileSync(path.join(base, name), good);
  for (const name of [
    'README.md',
    'golden.csv',
    'golden.csv.gz',
    'x.avsc',
    'notes',
    '.hidden.avro',
    't.parquet',
  ]) {
    writeFileSync(path.join(base, name), 'text');
  }
  writeFileSync(path.join(base, 'empty.avro'), '');
  symlinkSync('..', path.join(base, 'b', 'loop'));
  const inputs = await listArchiveInputs([base, path.join(base, 'z.avro')]);
  const names = inputs.map(({ file }) => path.relative(base, file));
  assert.deepEqual(names, ['B.avro', 'b.avro', 'b/deep/a.avro', 'b/plain', 'empty.avro', 'z.avro']);
  assert.equal(inputs[0]?.byteLength, good.length);
  assert.ok(inputs[0].file.startsWith(base));
  const notes = await listArchiveInputs([path.join(base, 'notes')]);
  assert.equal(notes.length, 1, 'a file that is named is taken whatever it is');
});

test('listArchiveInputs() names a path that is not there, and a folder without packets has none', async (context) => {
  const base = folder(context);
  assert.deepEqual(await packets(base), []);
  const missing = path.join(base, 'none.avro');
  await assert.rejects(
    listArchiveInputs([base, missing]),
    (error) =>
      error instanceof PipelineError &&
      error.code === 'INPUT_NOT_FOUND' &&
      error.message.includes('none.avro'),
  );
});

test('readArchives() passes over notes in a tar, and tells damaged members and archives within', async (context) => {
  const base = folder(context);
  const archive = await tar({
    'a.avro': await avroOf(1),
    'MANIFEST.csv': Buffer.from('a,b'),
    LICENCE: Buffer.from('free'),
    'empty.avro': Buffer.alloc(0),
    'more.tar': await tar({ 'x.avro': await avroOf(9) }),
    'b.avro': await avroOf(2),
  });
  writeFileSync(path.join(base, 'x.tar'), archive);
  assert.deepEqual(await placed(base, base), [
    'x.tar!a.avro T1',
    'x.tar!empty.avro FILE_EMPTY',
    'x.tar!more.tar FORMAT_UNKNOWN',
    'x.tar!b.avro T2',
  ]);
});

test('readArchives() gives what comes before the cut of a tar or gzip, and the cut once', async (context) => {
  const base = folder(context);
  const members: Record<string, Buffer> = {};
  for (let id = 1; id <= 3; id++)
    members[`${id}.avro`] = await testContainer([[{ ...testAlert(id, 1), cutout: Buffer.alloc(3000, id) }]]);
  const whole = await tar(members);
  const file = path.join(base, 'cut');
  const ends = Object.entries(members).map(([name, bytes]) => whole.indexOf(name) + 512 + bytes.length);
  for (let length = 600; length < whole.length - 1024; length += 97) {
    writeFileSync(file, whole.subarray(0, length));
    const complete = ends.filter((end) => end <= length).map((_, i) => `T${i + 1}`);
    assert.deepEqual(outcomes(await packets(file)), [...complete, 'ARCHIVE_TRUNCATED'], `${length} bytes`);
  }
  const packed = gzipSync(whole);
  for (let length = 20; length < packed.length; length += 13) {
    writeFileSync(file, packed.subarray(0, length));
    const words = outcomes(await packets(file));
    assert.equal(words.at(-1), 'ARCHIVE_TRUNCATED', `${length} bytes`);
    assert.deepEqual(words.slice(0, -1), ['T1', 'T2', 'T3'].slice(0, words.length - 1));
  }
});

test('readArchives() tells a cut gzipped Avro file, with the records before the cut', async (context) => {
  const base = folder(context);
  const blocks = [1, 2, 3].map((id) => [
    { ...testAlert(id, 1), cutout: Buffer.from(Array.from({ length: 500 }, (_, i) => (i * i * id) % 251)) },
  ]);
  const packed = gzipSync(await testContainer(blocks));
  const file = path.join(base, 'x.avro.gz');
  writeFileSync(file, packed.subarray(0, packed.length - 100));
  const words = outcomes(await packets(file));
  assert.deepEqual(words.at(-1), 'ARCHIVE_TRUNCATED');
  assert.ok(words.length >= 2);
  const wrong = Buffer.from(packed);
  wrong[wrong.length - 6] = (wrong.at(-6) ?? 0) ^ 0xff;
  writeFileSync(file, wrong);
  assert.deepEqual(outcomes(await packets(file)).at(-1), 'ARCHIVE_CORRUPT');
});

test('readArchives() tells a tar that breaks in the middle, with the members before', async (context) => {
  const base = folder(context);
  const whole = await tar({ 'a.avro': await avroOf(1), 'b.avro': await avroOf(2) });
  const second = whole.indexOf('b.avro');
  whole[second + 150] = 0x39;
  const file = path.join(base, 'x.tar');
  writeFileSync(file, whole);
  assert.deepEqual(outcomes(await packets(file)), ['T1', 'ARCHIVE_CORRUPT']);
});

test('readArchives() ends when the signal aborts', async (context) => {
  const base = folder(context);
  writeFileSync(path.join(base, 'a.avro'), await avroOf(1, 2, 3));
  const controller = new AbortController();
  const reading = readArchives(await listArchiveInputs([base]), {
    decoder: testDecoder(),
    archive: STORED,
    signal: controller.signal,
  });
  assert.ok((await reading.next()).done !== true);
  controller.abort(new Error('enough'));
  await assert.rejects(reading.next(), /enough/);
});

test('gunzip() and tarMembers() end with a named fault, or well, on any bytes', async () => {
  const archive = await tar({ 'a.avro': await avroOf(1), 'b.avro': await avroOf(2) });
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.nat(5000),
      async (changes, isPacked, cut) => {
        const bytes = Buffer.from(isPacked ? gzipSync(archive) : archive);
        for (const [at, byte] of changes) bytes[Math.floor(at * (bytes.length - 1))] = byte;
        const chunks = inPieces(bytes.subarray(0, bytes.length - (cut % bytes.length)), 700);
        try {
          for await (const member of tarMembers(isPacked ? gunzip(chunks) : chunks))
            await collected(member.bytes);
        } catch (error) {
          assert.ok(error instanceof SourceFault);
        }
      },
    ),
    { seed: 5, numRuns: 200 },
  );
});

test('readArchives() reads every packet of the public ZTF and ELAsTiCC archives', async (context) => {
  const ztf = realData(context, 'data', 'alerts', 'ztf', 'ztf_public_20180601.tar.gz');
  const elasticc = realData(context, 'data', 'alerts', 'elasticc_v0_9.tar.gz');
  if (ztf === null || elasticc === null) return;
  const words = outcomes(await packets(ztf, elasticc));
  // The test adapter knows neither survey; that each member is a packet is the claim here.
  assert.ok(words.every((word) => word === 'SURVEY_UNKNOWN'));
  assert.ok(words.length > 2500);
});

test('readArchives() tells a file of zeros, which was never written, and does not take it for an empty tar', async (context) => {
  const base = folder(context);
  const file = path.join(base, 'zeros.avro');
  writeFileSync(file, Buffer.alloc(5000));
  assert.match((await placed(base, file)).join('\n'), /^zeros\.avro .*FORMAT_UNKNOWN/);
});
