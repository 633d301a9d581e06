import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { freePorts } from '../../helpers/services/processes.ts';
import { startSchemaRegistry } from '../../helpers/services/schema-registry.ts';
import { succeeded } from '../../helpers/services/service.ts';
import { produce } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { toyPacket } from '../../helpers/toy-survey.ts';
import { ToyService, jsonLines, oneLine, stopped, timeless } from './toy-service.ts';

test('tools beside the service', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  const registry = await startSchemaRegistry(context);
  await kafka.createTopic({ topic: 'alerts', partitions: 2 });
  const parts = { kafka, folder, sources: [{ topics: ['alerts'] }] };
  const service = new ToyService({ ...parts, name: 'tools', config: { registry: { url: registry.url } } });

  await context.test('doctor has one line for each part, and does nothing to any', async () => {
    const lines = (await succeeded(service.verb('doctor'))).trim().split('\n');
    const expected = [
      /^ok {4}configuration: ".*tools\.yaml" is valid$/,
      new RegExp(`^ok {4}broker ${kafka.brokers[0] ?? ''}: answers, without a login$`),
      /^ok {4}topics in: 1 topic with 2 partitions$/,
      /^ok {4}topics out: "tools\.scores", .*"tools\.retries": made at the start, where this user may$/,
      /^ok {4}group "tools": 0 members, 0 messages behind$/,
      new RegExp(`^ok {4}registry ${registry.url}/?: answers, 0 subjects$`),
      /^ok {4}clock, by registry: agrees within \d\.\d s$/,
      /^ok {4}store .*tools-store: LMDB, is made at the start$/,
      /^ok {4}release: "default" opens, profile \w+$/,
      /^ok {4}device cpu: embeds one object in \d+ ms, 1 worker$/,
    ];
    assert.equal(lines.length, expected.length, lines.join('\n'));
    for (const [i, line] of lines.entries()) assert.match(line, expected[i] ?? /^$/);
    const topics = await kafka.withAdmin((admin) => admin.listTopics());
    assert.deepEqual(
      topics.filter((topic) => !topic.startsWith('__')),
      ['alerts'],
    );
  });

  await context.test('doctor fails, with one line for each part that does', async () => {
    const [deadPort = 0] = await freePorts(1);
    const dead = `127.0.0.1:${deadPort}`;
    const lost = new ToyService({
      ...parts,
      name: 'lost',
      config: { kafka: { brokers: [dead], connectTimeoutMs: 2000 }, registry: { url: `http://${dead}` } },
    });
    const missing = new ToyService({
      ...parts,
      name: 'missing',
      sources: [{ topics: ['alerts', 'nowhere'] }],
      config: { outputs: { create: false } },
    });
    const [unreached, incomplete, lag, ledger] = await Promise.all([
      lost.verb('doctor'),
      missing.verb('doctor', '--json'),
      missing.verb('lag'),
      lost.verb('ledger'),
    ]);
    assert.deepEqual([unreached.status, unreached.err], [1, '']);
    const fails = unreached.out.split('\n').filter((line) => line.startsWith('fail'));
    assert.equal(fails.length, 2, unreached.out);
    assert.match(
      fails[0] ?? '',
      new RegExp(`^fail {2}broker ${dead}: BROKER_UNREACHABLE: .*refuses the connection`),
    );
    assert.match(fails[1] ?? '', new RegExp(`^fail {2}registry http://${dead}/?: does not answer: `));
    assert.deepEqual([incomplete.status, incomplete.err], [1, '']);
    const [failed, topicsOut, ...others] = jsonLines(incomplete.out).filter(
      ({ status }) => status === 'fail',
    );
    assert.deepEqual([failed?.['what'], topicsOut?.['what'], others], ['topics in', 'topics out', []]);
    assert.match(String(failed?.['detail']), /^TOPIC_NOT_FOUND: .*"nowhere"$/);
    assert.match(String(topicsOut?.['detail']), /^"missing\.scores", .* must be there$/);
    assert.match(oneLine(lag), /TOPIC_NOT_FOUND: .*"nowhere"$/);
    assert.match(oneLine(ledger), /BROKER_UNREACHABLE: .*refuses the connection/);
  });

  const objects = ['A', 'B', 'C', 'D'];
  const instance = service.startFor(context);

  await context.test('lag shows the running instance, and falls to nothing', async () => {
    const packets = [60_001, 60_002, 60_003].flatMap((mjd) =>
      objects.map((object) => ({ key: object, value: toyPacket(object, mjd).bytes })),
    );
    await produce(kafka, 'alerts', [...packets, { key: 'A', value: Buffer.from('poison') }]);
    const before = await succeeded(new ToyService({ ...parts, name: 'other' }).verb('lag'));
    assert.match(before, /Group "other" is 13 messages behind\nNo instance is running\n$/);
    await service.consumed(instance, ['alerts']);
    const [text, json] = await Promise.all(
      [service.verb('lag'), service.verb('lag', '--json')].map(succeeded),
    );
    assert.ok(text !== undefined && json !== undefined);
    assert.match(text, /^│ topic +│ partition │ committed │ end │ lag │$/m);
    assert.match(text, /^│ alerts +│ +0 │ +(\d+) │ +\1 │ +0 │$/m);
    assert.match(text, /Group "tools" is 0 messages behind\n1 instance: nightjar at 127\.0\.0\.1\n$/);
    const [group, ...rows] = jsonLines(json);
    assert.deepEqual([group?.['groupId'], group?.['lag'], group?.['lost']], ['tools', '0', '0']);
    const [member] = group?.['members'] as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual([member?.['clientId'], member?.['host']], ['nightjar', '127.0.0.1']);
    assert.deepEqual(
      rows.map(({ topic, partition, lag }) => [topic, partition, lag]),
      [
        ['alerts', 0, '0'],
        ['alerts', 1, '0'],
        ['tools.retries', 0, '0'],
      ],
    );
    assert.equal(
      rows.reduce((sum, { committed }) => sum + Number(committed ?? 0), 0),
      13,
    );
  });

  await context.test('ledger balances', async () => {
    const [report] = jsonLines(await succeeded(service.verb('ledger', '--json')));
    const total = { consumed: 13, scored: 8, held: 4, duplicate: 0, deadLettered: 1, tooLate: 0 };
    assert.deepEqual([report?.['total'], report?.['balanced'], report?.['inTransit']], [total, true, 0]);
    const text = await succeeded(service.verb('ledger'));
    assert.match(text, /^│ total +│ +13 │ +8 │ +4 │ +0 │ +1 │ +0 │$/m);
    assert.match(text, /^The ledger balances: 13 packets consumed, 13 accounted for$/m);
  });

  await context.test(
    'seek is refused while an instance runs, and tries without moving anything',
    async () => {
      const [refused, written, partition, tried] = await Promise.all([
        service.verb('seek', '--topic', 'alerts', '--to', 'earliest'),
        service.verb('seek', '--topic', 'tools.scores', '--to', 'earliest'),
        service.verb('seek', '--topic', 'alerts', '--partition', '2', '--to', 'latest', '--dry-run'),
        service.verb('seek', '--topic', 'alerts', '--to', 'earliest', '--dry-run'),
      ]);
      assert.match(oneLine(refused), /^nightjar: OFFSET_INVALID: .*"tools".*must be stopped.*"nightjar"\)$/);
      assert.match(oneLine(written), /TOPIC_NOT_FOUND: .*"tools\.scores" as no source .* reads it$/);
      assert.match(oneLine(partition), /TOPIC_NOT_FOUND: .* as it has 2 partitions, numbered from 0$/);
      const moves = await succeeded(Promise.resolve(tried));
      assert.match(moves, /^Nothing was moved: this would be in topic "alerts":\n/);
      assert.match(moves, /^│ +0 │ +\d+ │ +0 │$/m);
      assert.equal(jsonLines(await succeeded(service.verb('lag', '--json')))[0]?.['lag'], '0');
    },
  );

  await context.test(
    'after seek to the earliest message the service gives the same records again',
    async () => {
      await stopped(instance);
      const first = { scores: await service.scores(), letters: await service.letters() };
      assert.equal(first.scores.length, 8);
      const moved = await succeeded(service.verb('seek', '--topic', 'alerts', '--to', 'earliest', '--json'));
      const moves = jsonLines(moved);
      assert.deepEqual(
        moves.map(({ topic, partition, to }) => [topic, partition, to]),
        [
          ['alerts', 0, '0'],
          ['alerts', 1, '0'],
        ],
      );
      const again = service.startFor(context);
      await service.consumed(again, ['alerts']);
      await stopped(again);
      const scores = await service.scores();
      assert.deepEqual(
        scores.slice(8).map(timeless).sort(byKey),
        scores.slice(0, 8).map(timeless).sort(byKey),
      );
      assert.deepEqual((await service.letters()).slice(1), first.letters);
      const text = await succeeded(service.verb('ledger'));
      assert.match(text, /^The ledger balances: 26 packets consumed, 26 accounted for$/m);
      assert.match(await succeeded(service.verb('lag')), /\nNo instance is running\n$/);
    },
  );
});

function byKey(a: object, b: object): number {
  const text = (record: object): string => JSON.stringify(record);
  return text(a) < text(b) ? -1 : 1;
}
