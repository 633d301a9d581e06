import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { succeeded } from '../../helpers/services/service.ts';
import { produce, readCommitted } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { TOLD_MAPPING, TOY_MAPPING, toldPacket, toyPacket } from '../../helpers/toy-survey.ts';
import { ToyService, jsonLines, oneLine, stopped } from './toy-service.ts';

type Json = Readonly<Record<string, unknown>>;

test('dead letters of the service', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  await kafka.createTopic({ topic: 'mixed' });
  await kafka.createTopic({ topic: 'told' });
  const parts = {
    ...{ kafka, folder, name: 'letters' },
    sources: [{ topics: ['mixed'] }, { topics: ['told'], format: 'json' as const, mapping: 'told' }],
  };
  const lacking = new ToyService({ ...parts, config: { decode: { mappings: [TOLD_MAPPING] } } });
  const first = lacking.startFor(context);
  const toys = [60_001, 60_002, 60_003].map((mjd) => toyPacket('A', mjd).bytes);
  await produce(kafka, 'mixed', [...toys, Buffer.from('poison\u001b[31m'), Buffer.alloc(0)].map(keyless));
  await produce(
    kafka,
    'told',
    [60_001, 60_002].map((mjd) => keyless(toldPacket('T', mjd))),
  );
  await lacking.consumed(first, ['mixed', 'told']);

  await context.test('dlq ls counts them by code, and shows where each packet lies', async () => {
    const text = await succeeded(lacking.verb('dlq ls'));
    assert.match(text, /^│ SURVEY_UNKNOWN │ +3 │ +\d+ │$/m);
    assert.match(text, /^│ FORMAT_UNKNOWN │ +1 │ +11 │$/m);
    assert.match(text, /^│ FILE_EMPTY +│ +1 │ +0 │$/m);
    assert.match(text, /^5 letters:$/m);
    assert.match(text, /^mixed\/0@0 {2}SURVEY_UNKNOWN {2}\d+ bytes {2}.*"toy\.alert"/m);
    assert.equal(text.includes('\u001b'), false);
    const some = await succeeded(lacking.verb('dlq ls', '--code', 'FILE_EMPTY', '--json'));
    const [counts, row, ...others] = jsonLines(some);
    assert.deepEqual(counts, { total: 1, counts: [{ code: 'FILE_EMPTY', letters: 1, bytes: 0 }] });
    assert.deepEqual([row?.['position'], row?.['code'], others], ['mixed/0@4', 'FILE_EMPTY', []]);
  });

  await context.test('dlq show explains one, with its bytes', async () => {
    const text = await succeeded(lacking.verb('dlq show', 'mixed/0@3'));
    assert.match(text, /^position {2}mixed\/0@3\ncode {6}FORMAT_UNKNOWN\nmeaning {3}in stage decode; /);
    assert.match(text, /^letter {4}letters\.dead-letters\/0@\d+$/m);
    assert.match(text, /^sha256 {4}[0-9a-f]{64} \(the packet fits it\)$/m);
    assert.match(text, /^now {7}the same rejection$/m);
    assert.match(text, /^00000000 {2}70 6f 69 73 6f 6e 1b 5b 33 31 6d +poison\.\[31m$/m);
    assert.equal(
      await succeeded(lacking.verb('dlq show', 'mixed/0@1', '--raw', '--bytes', 'all')),
      String(toys[1]),
    );
    assert.match(
      oneLine(await lacking.verb('dlq show', 'mixed/0@77')),
      /^nightjar: INPUT_NOT_FOUND: Cannot find a dead letter at "mixed\/0@77": see "nightjar dlq ls"$/,
    );
  });

  await stopped(first);
  assert.deepEqual(await scoresOf(lacking), ['told T 2 told/0@1']);

  const mended = new ToyService({ ...parts, config: { decode: { mappings: [TOLD_MAPPING, TOY_MAPPING] } } });
  const second = mended.startFor(context);

  await context.test('dlq replay lets the service score what it can read now, each packet once', async () => {
    assert.match(
      await succeeded(mended.verb('dlq show', 'mixed/0@2')),
      /^now +decodes now: survey toy, objectId A/m,
    );
    const replayed = await succeeded(mended.verb('dlq replay', '--code', 'SURVEY_UNKNOWN'));
    assert.equal(replayed, '3 dead letters written to "letters.retries", for the service to take\n');
    await mended.consumed(second, ['letters.retries']);
    assert.deepEqual(await scoresOf(mended), [
      'told T 2 told/0@1',
      'toy A 2 mixed/0@1 by letters.retries/0@1',
      'toy A 3 mixed/0@2 by letters.retries/0@2',
    ]);
    const again = await succeeded(mended.verb('dlq replay', '--code', 'SURVEY_UNKNOWN'));
    assert.equal(
      again,
      '0 dead letters written to "letters.retries", for the service to take\n3 replayed before (--again for those too)\n',
    );
    const [summary] = jsonLines(
      await succeeded(mended.verb('dlq replay', '--code', 'SURVEY_UNKNOWN', '--json')),
    );
    assert.deepEqual(summary, { published: 0, triedBefore: 3, gone: 0, tooLarge: 0, isComplete: true });
  });

  await context.test(
    'dlq replay --again writes them again, and the service takes them for duplicates',
    async () => {
      const again = await succeeded(mended.verb('dlq replay', '--code', 'SURVEY_UNKNOWN', '--again'));
      assert.equal(again, '3 dead letters written to "letters.retries", for the service to take\n');
      await mended.consumed(second, ['letters.retries']);
      assert.equal((await mended.scores()).length, 3);
      const report = jsonLines(await succeeded(mended.verb('ledger', '--json')))[0];
      const total = { consumed: 13, scored: 3, held: 2, duplicate: 3, deadLettered: 5, tooLate: 0 };
      assert.deepEqual([report?.['total'], report?.['balanced']], [total, true]);
    },
  );

  await context.test(
    'a packet that still cannot be read is a letter anew, with both its places',
    async () => {
      await succeeded(mended.verb('dlq replay', 'mixed/0@3'));
      await mended.consumed(second, ['letters.retries']);
      const retried = (await readCommitted(kafka, mended.retriesTopic)).at(-1);
      const letter = (await mended.letters()).at(-1);
      const retry = { topic: 'letters.retries', partition: 0, offset: String(retried?.offset) };
      assert.deepEqual(letter?.['source'], { topic: 'mixed', partition: 0, offset: '3', retry });
      assert.equal(letter['code'], 'FORMAT_UNKNOWN');
      assert.match(
        oneLine(await mended.verb('dlq replay', 'mixed/0@78')),
        /^nightjar: INPUT_NOT_FOUND: Cannot find a dead letter at "mixed\/0@78": /,
      );
      await stopped(second);
    },
  );
});

function keyless(value: Buffer): { readonly key: null; readonly value: Buffer } {
  return { key: null, value };
}

/** What was scored, and from where. */
async function scoresOf(service: ToyService): Promise<readonly string[]> {
  const place = (source: Json): string =>
    `${String(source['topic'])}/${String(source['partition'])}@${String(source['offset'])}`;
  return (await service.scores())
    .map(({ survey, objectId, revision, source }) => {
      const { retry } = source as unknown as Json;
      const by = retry === undefined ? '' : ` by ${place(retry as Json)}`;
      return `${survey} ${objectId} ${revision} ${place(source as unknown as Json)}${by}`;
    })
    .sort();
}
