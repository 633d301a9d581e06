import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CommanderError } from 'commander';
import { PipelineError } from '../../core/index.ts';
import type { ErrorCode } from '../../core/index.ts';
import { shippedReleasesFolder } from '../../model/releases/release.ts';
import type { NightFiles } from '../../simulator/index.ts';
import { called, nightjar } from '../helpers/nightjar.ts';
import { ReplayBench } from '../helpers/replays.ts';

const bench = new ReplayBench();
let night: NightFiles;

before(async () => {
  night = await bench.night('night.tar', { survey: 'ztf', seed: 3, alerts: 12 });
  await bench.replay({ paths: [night.archive], out: 'done' });
});
after(() => bench.close());

function file(name: string, content: string | Buffer): string {
  writeFileSync(bench.path(name), content);
  return bench.path(name);
}

/** The call fails with a code and a message of one line that has these words. */
async function fails(args: readonly string[], code: ErrorCode, ...words: readonly string[]): Promise<void> {
  const { error } = await called(...args);
  assert.ok(error instanceof PipelineError, `${args.join(' ')}: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.doesNotMatch(error.message, /\n/);
  for (const word of words) assert.ok(error.message.includes(word), `"${word}" in: ${error.message}`);
}

/** A replay of the night with these options, into a folder of its own unless one is among them. */
function replayOf(...options: readonly string[]): readonly string[] {
  return [
    'replay',
    night.archive,
    ...(options.includes('--out') ? [] : ['--out', bench.path('never')]),
    ...options,
  ];
}

test('an operational failure is one line on standard error, without a stack, and exit status 1', async () => {
  const { status, out, err } = await nightjar('replay', bench.path('none.tar'), '--out', bench.path('never'));
  assert.deepEqual([status, out], [1, '']);
  const text = `nightjar: INPUT_NOT_FOUND: Cannot read "${bench.path('none.tar')}": there is no such file or folder\n`;
  assert.equal(err, text);
});

test('damaged files end as dead letters, what is before the damage is taken, and the exit status is 0', async () => {
  const whole = readFileSync(night.archive);
  const packet = whole.subarray(512, 512 + Number.parseInt(whole.toString('latin1', 124, 135), 8));
  const gzipped = gzipSync(whole);
  const corrupt = Buffer.from(packet);
  corrupt.fill(0xff, packet.length - 3000, packet.length - 2000);
  const magic = Buffer.from(packet);
  magic[3] = 2;
  mkdirSync(bench.path('bad'));
  file('bad/a-cut.tar', whole.subarray(0, whole.length / 2));
  file('bad/b-cut.tar.gz', gzipped.subarray(0, gzipped.length / 2));
  file('bad/c-block.avro', corrupt);
  file('bad/d-magic.avro', magic);
  file('bad/e-id.bin', Buffer.from([0, 0, 0, 0x30, 0x39, 1, 2, 3]));
  file('bad/f-empty.avro', '');
  const { status, out, err } = await nightjar('replay', bench.path('bad'), '--out', bench.path('out'));
  assert.deepEqual([status, err], [0, '']);
  assert.match(out, /The ledger balances/);
  const codes = bench.letters('out').map(({ code, source }) => {
    return `${path.basename('file' in source ? source.file : '')} ${code}`;
  });
  assert.deepEqual(codes.toSorted(), [
    'a-cut.tar ARCHIVE_TRUNCATED',
    'b-cut.tar.gz ARCHIVE_TRUNCATED',
    'c-block.avro AVRO_CORRUPT',
    'd-magic.avro FORMAT_UNKNOWN',
    'e-id.bin SCHEMA_ID_UNKNOWN',
    'f-empty.avro FILE_EMPTY',
  ]);
  assert.ok(bench.scores('out').length >= 4);
});

test('a folder without packets is told, and is no failure', async () => {
  mkdirSync(bench.path('nothing'));
  file('nothing/notes.txt', 'to do');
  const { status, out, err } = await nightjar(
    'replay',
    bench.path('nothing'),
    '--out',
    bench.path('of-nothing'),
  );
  assert.equal(status, 0);
  assert.equal(err, `nightjar: there is nothing to read in "${bench.path('nothing')}"\n`);
  assert.match(out, /0 packets consumed/);
});

test('a path that is not there is named: input, schemas, spectra, catalogue, release, configuration', async () => {
  const none = bench.path('not-there');
  await fails(['decode', none], 'INPUT_NOT_FOUND', none);
  await fails(['lightcurves', '--store', none], 'INPUT_NOT_FOUND', none);
  await fails(replayOf('--schemas', none), 'INPUT_NOT_FOUND', none);
  await fails(replayOf('--spectra', none), 'INPUT_NOT_FOUND', none);
  await fails(replayOf('--metadata', none), 'INPUT_NOT_FOUND', none);
  await fails(replayOf('--release', none), 'RELEASE_NOT_FOUND', none);
  await fails(replayOf('--config', none), 'CONFIG_INVALID', none);
  assert.equal(bench.text('never', 'checkpoint.json'), '(not there)');
});

test('a release that is damaged is refused, by the file that is', async () => {
  const release = bench.path('release');
  cpSync(path.join(shippedReleasesFolder(), 'default'), release, { recursive: true });
  truncateSync(path.join(release, 'weights.safetensors'), 1000);
  await fails(replayOf('--release', release), 'RELEASE_INVALID', 'weights.safetensors');
  file('release/manifest.json', '{"formatVersion":');
  await fails(replayOf('--release', release), 'RELEASE_INVALID', 'manifest.json');
});

test('a catalogue that is none is refused', async () => {
  await fails(replayOf('--metadata', file('noise.csv', 'x,y\n1,2\n')), 'CATALOGUE_INVALID', 'noise.csv');
  await fails(replayOf('--metadata', file('empty.csv', '')), 'CATALOGUE_INVALID', 'empty.csv');
  await fails(replayOf('--metadata', night.archive), 'CATALOGUE_INVALID', night.archive);
});

test('a configuration with keys or values that cannot be is refused, all of them named', async () => {
  const wrong = file('wrong.yaml', 'piplne: 1\npipeline: { batchPackets: -1, batchPacket: 3 }\n');
  await fails(
    replayOf('--config', wrong),
    'CONFIG_INVALID',
    'wrong.yaml',
    '"piplne"',
    '"pipeline.batchPacket"',
    'batchPackets',
  );
  await fails(replayOf('--config', file('bad.yaml', 'a: [1')), 'CONFIG_INVALID', 'bad.yaml');
  await fails(replayOf('--registry', 'not a url'), 'CONFIG_INVALID', 'registry.url');
});

test('an option value that cannot be is wrong usage, and says what it takes', async () => {
  const cases = [
    ['--speed', '0', 'a number above 0'],
    ['--speed', 'fast', 'max, real'],
    ['--limit', '-3', 'above 0'],
    ['--limit', '1.5', 'whole number'],
    ['--order', 'evnt', 'event or stored'],
    ['--metrics-port', '70000', '0 to 65535'],
  ] as const;
  for (const [option, value, word] of cases) {
    const { error, err } = await called(...replayOf(option, value));
    assert.ok(error instanceof CommanderError && error.exitCode !== 0, option);
    assert.match(err, /^error: [^\n]+\n$/);
    for (const text of [option, `'${value}'`, word]) assert.ok(err.includes(text), `"${text}" in: ${err}`);
  }
  const { error, err } = await called('replay', night.archive);
  assert.ok(error instanceof CommanderError);
  assert.match(err, /--out/);
});

test('an output folder that is a file, or below one, is refused', async () => {
  const taken = file('a-file', 'x');
  await fails(replayOf('--out', taken), 'OUTPUT_UNUSABLE', taken, 'it is a file');
  await fails(replayOf('--out', path.join(taken, 'below')), 'OUTPUT_UNUSABLE', taken);
  assert.equal(readFileSync(taken, 'utf8'), 'x');
});

test('a store that is a file, foreign or damaged is refused, and the output stays as it is', async () => {
  const damages: Readonly<Record<string, (store: string) => void>> = {
    '': (store) => {
      rmSync(store, { recursive: true });
      writeFileSync(store, 'x');
    },
    'data.mdb': (store) => {
      writeFileSync(path.join(store, 'data.mdb'), 'x'.repeat(9999));
    },
    'is not there': (store) => {
      renameSync(path.join(store, 'data.mdb'), path.join(store, 'thesis.tex'));
    },
  };
  for (const [i, [word, damage]] of Object.entries(damages).entries()) {
    const out = `damaged-${i}`;
    const store = bench.path(out, 'store');
    cpSync(bench.path('done'), bench.path(out), { recursive: true });
    damage(store);
    const before = bench.output(out);
    const { error } = await called(...replayOf('--out', bench.path(out)));
    assert.ok(error instanceof PipelineError, String(error));
    assert.ok(['OUTPUT_UNUSABLE', 'STORE_UNREADABLE'].includes(error.code), error.code);
    for (const text of [store, word]) assert.ok(error.message.includes(text), error.message);
    assert.deepEqual(bench.output(out), before);
  }
});

test('a checkpoint that cannot be read, or says more than the files hold, is refused', async () => {
  const copy = bench.path('cut-scores');
  cpSync(bench.path('done'), copy, { recursive: true });
  truncateSync(path.join(copy, 'scores.jsonl'), 100);
  await fails(replayOf('--out', copy), 'OUTPUT_UNUSABLE', 'scores.jsonl');
  file('cut-scores/checkpoint.json', '{"formatVersion":99}');
  await fails(replayOf('--out', copy), 'OUTPUT_UNUSABLE', 'checkpoint.json');
});
