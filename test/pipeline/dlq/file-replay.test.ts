import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { positionText } from '../../../core/index.ts';
import { fileLetterBox, listLetters, openDeadLetterSource, replayFolderOf } from '../../../pipeline/index.ts';
import type { LetterSelection } from '../../../pipeline/index.ts';
import { openLmdbStore } from '../../../streams/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { ReplayBench, nonZero } from '../../helpers/replays.ts';
import { collected, testDecoder } from '../../helpers/test-packets.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';
import { breakAt } from '../replay/break-points.ts';
import type { BreakPoint } from '../replay/break-points.ts';

const CHILD = path.join(import.meta.dirname, '..', 'replay', 'replay-until-killed.js');
const bench = new ReplayBench();
const fixed = { ...TOY_CONFIG, archive: { order: 'stored' }, pipeline: { batchPackets: 2 } } as const;
/** Before the fix: no mapping knows the toy survey. */
const unfixed = { window: { pointsMin: 2 }, archive: { order: 'stored' } } as const;
const ALL: LetterSelection = { code: null, sinceMs: null, positions: [] };
let archive: string;

before(async () => {
  const noise = (memberName: string): { memberName: string; bytes: Buffer } => ({
    memberName,
    bytes: Buffer.from(`this is no packet: ${memberName}`),
  });
  archive = await bench.tar('night.tar', [
    toyPacket('a', 60_000),
    toyPacket('a', 60_001),
    noise('noise-1.avro'),
    toyPacket('b', 60_000),
    toyPacket('a', 60_002),
    toyPacket('b', 60_003),
    noise('noise-2.avro'),
    toyPacket('a', 60_001),
  ]);
  await bench.replay({ paths: [archive], out: 'unfixed', config: unfixed });
  await bench.replay({ paths: [archive], out: 'right-at-once', config: fixed });
  copy('whole');
  await retry('whole');
});
after(() => bench.close());

/** A folder in which every packet is a dead letter. */
function copy(out: string): void {
  cpSync(bench.path('unfixed'), bench.path(out), { recursive: true });
}

function retry(out: string, letters: Partial<LetterSelection> = {}): ReturnType<ReplayBench['replay']> {
  return bench.replay({ paths: [], letters, out, config: fixed });
}

async function curves(out: string): Promise<readonly unknown[]> {
  const store = await openLmdbStore({ mode: 'read', folder: bench.path(out, 'store') });
  const views = await collected(store.objects());
  await store.close();
  return views.map(({ key, lightCurve }) => ({ key, points: lightCurve.points }));
}

test('after a fix every dead letter goes through the pipeline, and the ledger balances', async () => {
  const { total, sources, balanced } = JSON.parse(bench.text('whole', 'ledger.json')) as {
    total: Record<string, number>;
    sources: readonly (Record<string, number> & { source: string })[];
    balanced: boolean;
  };
  assert.ok(balanced);
  assert.deepEqual(nonZero(total as never), {
    consumed: 16,
    scored: 3,
    held: 2,
    duplicate: 1,
    deadLettered: 10,
  });
  assert.deepEqual(
    sources.map(({ source, consumed }) => [source.replace(bench.folder, ''), consumed]),
    [
      ['/night.tar', 8],
      ['dead-letters.jsonl', 8],
    ],
  );
  assert.deepEqual(await curves('whole'), await curves('right-at-once'));
});

test('scores of replayed letters are those of a run that was right at once, but for where they came from', () => {
  const plain = (out: string): readonly unknown[] =>
    bench.scores(out).map((score) => ({ ...score, source: positionText(score.source).split('~')[0] }));
  assert.deepEqual(plain('whole'), plain('right-at-once'));
  assert.deepEqual(
    bench.scores('whole').map(({ source }) => source.retry),
    [1, 4, 5].map((index) => ({ file: 'dead-letters.jsonl', index })),
  );
});

test('what fails again is a new letter with the provenance of the first', () => {
  const letters = bench.letters('whole');
  assert.equal(letters.length, 10);
  for (const [i, again] of letters.slice(8).entries()) {
    const first = letters[[2, 6][i] ?? 0];
    assert.ok(first !== undefined);
    assert.deepEqual({ ...again, source: null }, { ...first, source: null });
    assert.deepEqual(again.source, {
      ...first.source,
      retry: { file: 'dead-letters.jsonl', index: [2, 6][i] },
    });
  }
});

test('a second replay of letters scores nothing twice: it tries only what failed again', async () => {
  copy('twice');
  await retry('twice');
  const scores = bench.text('twice', 'scores.jsonl');
  const { ledger } = await retry('twice');
  assert.equal(bench.text('twice', 'scores.jsonl'), scores);
  assert.deepEqual(nonZero(ledger.total), {
    consumed: 18,
    scored: 3,
    held: 2,
    duplicate: 1,
    deadLettered: 12,
  });
  const source = await openDeadLetterSource(bench.path('twice'), {
    selection: { ...ALL, code: 'SURVEY_UNKNOWN' },
    decoder: testDecoder(),
  });
  assert.deepEqual([source.letters, source.lettersDone, source.inputs], [0, 6, []]);
});

test('letters are chosen by code and by position, in parts, and come to the same as all at once', async () => {
  copy('parts');
  const position = positionText(bench.letters('unfixed')[0]?.source ?? { file: '', index: 0 });
  await retry('parts', { positions: [position, 'dead-letters.jsonl#1'] });
  assert.equal(bench.scores('parts').length, 1);
  await retry('parts', { code: 'SURVEY_UNKNOWN' });
  assert.equal(bench.text('parts', 'scores.jsonl'), bench.text('whole', 'scores.jsonl'));
  await retry('parts');
  const { total } = JSON.parse(bench.text('parts', 'ledger.json')) as { total: unknown };
  assert.deepEqual(total, (JSON.parse(bench.text('whole', 'ledger.json')) as { total: unknown }).total);
  await assert.rejects(retry('parts', { positions: ['x#1'] }), hasCode('INPUT_NOT_FOUND', '"x#1"', 'dlq ls'));
});

test('stopped at any point and made again, it ends with the bytes of one call', async () => {
  let points = 0;
  for (const kind of [
    { method: 'transact', when: 'after' },
    { method: 'writeJson', when: 'before' },
    { method: 'writeJson', when: 'after' },
  ] as const) {
    for (let call = 1; ; call++) {
      const out = `${kind.when}-${kind.method}-${call}`;
      copy(out);
      const stop = new Error('stopped here');
      const broken = breakAt({ ...kind, call }, () => {
        throw stop;
      });
      const hasStopped = await retry(out).then(
        () => false,
        (error: unknown) => error === stop,
      );
      broken.restore();
      if (!hasStopped) break;
      points++;
      await retry(out);
      assert.equal(bench.text(out, 'scores.jsonl'), bench.text('whole', 'scores.jsonl'), out);
      // After the last checkpoint the call is whole: the next one tries what has failed again.
      if (bench.letters(out).length === 12) continue;
      assert.deepEqual(bench.output(out), bench.output('whole'), out);
    }
  }
  assert.ok(points >= 15, `${points} points`);
});

test('killed again and again, it ends with the bytes of one call', async () => {
  copy('killed');
  const points: readonly BreakPoint[] = [
    { method: 'transact', when: 'after', call: 3 },
    { method: 'writeJson', when: 'before', call: 3 },
    { method: 'commit', when: 'after', call: 2 },
  ];
  for (const point of points) {
    const call = { paths: [], letters: {}, out: bench.path('killed'), config: fixed };
    const { signal, stderr } = spawnSync(process.execPath, [CHILD, JSON.stringify({ call, point })], {
      encoding: 'utf8',
    });
    assert.equal(signal, 'SIGKILL', stderr);
  }
  await assert.rejects(retry('killed', { code: 'SURVEY_UNKNOWN' }), hasCode('REPLAY_MISMATCH', 'inputs'));
  await retry('killed');
  assert.deepEqual(bench.output('killed'), bench.output('whole'));
});

test('letters are listed with counts by code, the last ones as rows', async () => {
  const box = await fileLetterBox(bench.path('whole'));
  const list = await listLetters(box.letters(), { selection: ALL, limit: 3 });
  assert.deepEqual(
    list.counts.map(({ code, letters }) => `${code} ${letters}`),
    ['SURVEY_UNKNOWN 6', 'FORMAT_UNKNOWN 4'],
  );
  assert.deepEqual(
    [list.total, list.rows.map(({ place }) => positionText(place))],
    [10, [7, 8, 9].map((index) => `dead-letters.jsonl#${index}`)],
  );
});

test('a file of letters elsewhere can be read; damaged ones and folders of no replay are one clear line', async () => {
  const file = await bench.write('copied.jsonl', bench.text('unfixed', 'dead-letters.jsonl'));
  assert.equal((await collected((await fileLetterBox(file)).letters())).length, 8);
  assert.equal(await replayFolderOf(file), null);
  assert.equal(await replayFolderOf(bench.path('whole', 'dead-letters.jsonl')), bench.path('whole'));
  const damaged = await bench.write(
    'damaged.jsonl',
    `${bench.text('unfixed', 'dead-letters.jsonl')}{"code":1}\n`,
  );
  const read = async (): Promise<unknown> => collected((await fileLetterBox(damaged)).letters());
  await assert.rejects(read, hasCode('INPUT_UNREADABLE', 'damaged.jsonl', 'line 9'));
  await assert.rejects(fileLetterBox(bench.path()), hasCode('INPUT_NOT_FOUND', 'checkpoint.json'));
  await assert.rejects(fileLetterBox(bench.path('nothing')), hasCode('INPUT_NOT_FOUND', 'nothing'));
});
