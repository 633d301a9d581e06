import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { deadLetter, deadLetterLine } from '../../pipeline/index.ts';
import { hexDump, shownText } from '../../cli/dlq-text.ts';
import { called, nightjar } from '../helpers/nightjar.ts';
import { ReplayBench } from '../helpers/replays.ts';
import { TOY_CONFIG, toyPacket } from '../helpers/toy-survey.ts';

const bench = new ReplayBench();
const out = bench.path('out');
const noise = Buffer.from('no packet\x1b[2J\x00\xff', 'latin1');
let fixed: string;

before(async () => {
  const night = await bench.tar('night.tar', [
    toyPacket('a', 60_000),
    { memberName: 'noise\x1b.avro', bytes: noise },
    toyPacket('a', 60_001),
  ]);
  fixed = await bench.write('fixed.yaml', stringify(TOY_CONFIG));
  await bench.replay({ paths: [night], out: 'out', config: { window: { pointsMin: 2 } } });
});
after(() => bench.close());

function position(member: string, index: number): string {
  return `${bench.path('night.tar')}!${member}@${index}#0`;
}

test('dlq ls counts by code and lists; what comes from packets cannot command the terminal', async () => {
  const { status, out: text, err } = await nightjar('dlq', 'ls', '--dir', out);
  assert.deepEqual([status, err], [0, '']);
  assert.match(text, /SURVEY_UNKNOWN │ +2 │/);
  assert.match(text, /\n3 letters:\n/);
  assert.ok(text.includes(position('noise?.avro', 1)));
  assert.ok(!text.includes('\x1b'));
});

test('dlq ls --json gives the counts, then a line for each letter', async () => {
  const { out: text } = await nightjar(
    'dlq',
    'ls',
    '--dir',
    out,
    '--json',
    '--code',
    'SURVEY_UNKNOWN',
    '--limit',
    '1',
  );
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 2);
  assert.equal(lines[0]?.['total'], 2);
  assert.equal(lines[1]?.['position'], position('a-60001.avro', 2));
  assert.deepEqual(lines[1]['place'], { file: 'dead-letters.jsonl', index: 2 });
});

test('dlq show tells why, from where, what the decoder says now, and the bytes', async () => {
  const { status, out: text } = await nightjar('dlq', 'show', 'dead-letters.jsonl#1', '--dir', out);
  assert.equal(status, 0);
  assert.match(text, /^code +FORMAT_UNKNOWN$/m);
  assert.match(text, /^meaning +in stage decode; fails again unchanged; see docs\/errors\.md$/m);
  assert.match(text, /^sha256 +[0-9a-f]{64} \(the packet fits it\)$/m);
  assert.match(text, /^now +the same rejection$/m);
  assert.match(text, /^00000000 {2}6e 6f 20 70 61 63 6b 65 74 1b 5b 32 4a 00 ff +no packet\.\[2J\.\.$/m);
});

test('dlq show decodes as it is configured now, and --raw writes the packet itself', async () => {
  const named = position('a-60000.avro', 0);
  const shown = await nightjar('dlq', 'show', named, '--dir', out, '--config', fixed, '--bytes', '0');
  assert.match(
    shown.out,
    /^now +decodes now: survey toy, objectId a, alertId 60000000, mjdTai 60000, points 1$/m,
  );
  assert.ok(!shown.out.includes('00000000'));
  const json = await nightjar('dlq', 'show', named, '--dir', out, '--json', '--bytes', '4');
  const { hex, isIntact, now } = JSON.parse(json.out) as {
    hex: string;
    isIntact: boolean;
    now: { code: string }[];
  };
  assert.deepEqual([hex, isIntact, now[0]?.code], ['4f626a01', true, 'SURVEY_UNKNOWN']);
  const raw = await nightjar('dlq', 'show', 'dead-letters.jsonl#0', '--dir', out, '--raw');
  assert.equal(raw.out, toyPacket('a', 60_000).bytes.toString('utf8'));
});

test('dlq replay takes letters through the pipeline; a second call finds nothing left of them', async () => {
  const args = ['dlq', 'replay', '--dir', out, '--config', fixed, '--code', 'SURVEY_UNKNOWN'];
  const first = await nightjar(...args);
  assert.deepEqual([first.status, first.err], [0, '']);
  assert.match(first.out, /The ledger balances: 5 packets consumed, 5 accounted for\n2 dead letters of /);
  const scores = bench.text('out', 'scores.jsonl');
  assert.equal(scores.trimEnd().split('\n').length, 1);
  const second = await nightjar(...args, '--json');
  assert.deepEqual([second.status, JSON.parse(second.out)], [0, { letters: 0, lettersDone: 2 }]);
  assert.equal(bench.text('out', 'scores.jsonl'), scores);
});

test('dlq without a place, with options that do not fit it, or with wrong values is wrong usage', async () => {
  for (const [args, words] of [
    [['ls'], 'one of --dir and --config'],
    [['ls', '--dir', out, '--since', '2026-01-01'], '--since has no meaning with --dir'],
    [['replay', '--dir', out, '--again'], '--again has no meaning with --dir'],
    [['replay', '--config', fixed, '--release', 'x'], '--release has no meaning for topics'],
    [['ls', '--dir', out, '--code', 'NONE'], 'error code'],
    [['ls', '--config', fixed, '--since', 'soon'], 'ISO 8601'],
    [['show', 'x', '--dir', out, '--bytes', '-1'], 'whole number'],
    [['show', '--dir', out], 'position'],
  ] as const) {
    const { error, err } = await called('dlq', ...args);
    assert.ok(
      error instanceof Error && error.constructor.name === 'CommanderError',
      `${args.join(' ')}: ${String(error)}`,
    );
    assert.ok(err.includes(words), err);
  }
});

test('a letter that is not there, and a file without a replay around it, are one clear line', async () => {
  const letters = await bench.write(
    'elsewhere.jsonl',
    `${JSON.stringify(deadLetterLine(deadLetter({ code: 'FILE_EMPTY', reason: 'x' }, { file: 'f', index: 0 }, noise)))}\n`,
  );
  for (const [args, code, words] of [
    [['show', 'nothing#0', '--dir', out], 'INPUT_NOT_FOUND', '"nothing#0"'],
    [['ls', '--dir', bench.path('none')], 'INPUT_NOT_FOUND', 'none'],
    [['replay', '--dir', letters], 'INPUT_NOT_FOUND', 'output folder of a replay'],
  ] as const) {
    const { status, err } = await nightjar('dlq', ...args);
    assert.equal(status, 1);
    assert.match(err, new RegExp(`^nightjar: ${code}: [^\\n]*\\n$`));
    assert.ok(err.includes(words), err);
  }
  assert.match((await nightjar('dlq', 'ls', '--dir', letters)).out, /FILE_EMPTY/);
});

test('hexDump() cuts, and says how much is left', () => {
  assert.equal(hexDump(Buffer.alloc(0), 10), '');
  const [first, second, rest] = hexDump(Buffer.alloc(40, 0x41), 17).split('\n');
  assert.equal(first, `00000000  ${'41 '.repeat(16)} ${'A'.repeat(16)}`);
  assert.equal(second, `00000010  41${' '.repeat(47)}A`);
  assert.equal(rest, '… 23 bytes more (--bytes all)');
});

test('a packet that is gone, or that another one has taken the place of, is told', () => {
  const letter = {
    ...deadLetter({ code: 'AVRO_CORRUPT', reason: 'x' }, { topic: 't', partition: 0, offset: 1n }, noise),
    place: { topic: 'd', partition: 0, offset: 2n },
    atMs: 0,
    bytes: null,
  };
  const gone = shownText({ letter, packet: null, isIntact: false, now: [] }, 256);
  assert.match(gone, /the packet is gone/);
  assert.match(gone, /^written +1970-01-01T00:00:00\.000Z$/m);
  const other = shownText({ letter, packet: Buffer.from('y'), isIntact: false, now: [] }, 256);
  assert.match(other, /the packet does not fit it/);
});
