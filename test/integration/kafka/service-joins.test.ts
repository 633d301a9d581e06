import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import type { ScoreRecord } from '../../../core/index.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { startSchemaRegistry } from '../../helpers/services/schema-registry.ts';
import { produce } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { toyPacket } from '../../helpers/toy-survey.ts';
import { ToyService, stopped } from './toy-service.ts';

const TOPICS = ['alerts', 'spectra', 'records'] as const;
type Topic = (typeof TOPICS)[number];

const SPECTRUM_ID = 31;
const SPECTRUM_SCHEMA = {
  type: 'record',
  name: 'spectrum',
  namespace: 'observatory',
  fields: [
    { name: 'objectId', type: ['null', 'string'], default: null },
    { name: 'raDeg', type: ['null', 'double'], default: null },
    { name: 'decDeg', type: ['null', 'double'], default: null },
    { name: 'wavelengthAngstrom', type: { type: 'array', items: 'double' } },
    { name: 'flux', type: { type: 'array', items: 'double' } },
  ],
};
const RECORD_ID = 32;
const RECORD_SCHEMA = {
  type: 'record',
  name: 'host',
  namespace: 'observatory',
  fields: [
    { name: 'ra', type: 'double' },
    { name: 'dec', type: 'double' },
    { name: 'hostRedshift', type: ['null', 'double'], default: null },
  ],
};

/** Within the radius of a join, and not the same position. */
const NEAR_DEG = 0.5 / 3600;

test('nightjar run on topics of spectra and metadata records', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const registry = await startSchemaRegistry(context);
  registry.put(SPECTRUM_ID, 'spectra-value', { schema: JSON.stringify(SPECTRUM_SCHEMA) });
  registry.put(RECORD_ID, 'records-value', { schema: JSON.stringify(RECORD_SCHEMA) });
  for (const topic of TOPICS) await kafka.createTopic({ topic });
  const service = new ToyService({
    ...{ kafka, folder: await temporaryFolder(context), name: 'joins' },
    sources: [
      { topics: ['alerts'] },
      { kind: 'spectra', topics: ['spectra'] },
      { kind: 'metadata', topics: ['records'] },
    ],
    config: { registry: { url: registry.url } },
  });
  const instance = service.startFor(context);
  /** Scores of an object that came of these messages, which are through when this resolves. */
  const sent = async (
    topic: Topic,
    ...values: readonly (Buffer | object)[]
  ): Promise<readonly ScoreRecord[]> => {
    const before = (await service.scores()).length;
    await produce(
      kafka,
      topic,
      values.map((value) => ({ key: null, value: bytesOf(value) })),
    );
    await service.consumed(instance, [topic]);
    return (await service.scores()).slice(before);
  };

  await context.test(
    'scores an object again when its spectrum and its record come, by id or by position',
    async () => {
      const alerts = [60_001, 60_002].map((mjd) => toyPacket('after', mjd, { ra: 10, dec: 5 }).bytes);
      assert.deepEqual((await sent('alerts', ...alerts)).map(outline), ['after 2 alert P alerts/0@1']);
      const byId = { objectId: 'after', ...spectrum() };
      assert.deepEqual((await sent('spectra', byId)).map(outline), ['after 3 spectrum PS spectra/0@0']);
      const near = confluent(RECORD_ID, RECORD_SCHEMA, { ra: 10, dec: 5 + NEAR_DEG, hostRedshift: 0.05 });
      assert.deepEqual((await sent('records', near)).map(outline), ['after 4 metadata PMS records/0@0']);
      const third = toyPacket('after', 60_003, { ra: 10, dec: 5 }).bytes;
      const [newest] = await sent('alerts', third);
      assert.ok(newest !== undefined);
      assert.equal(outline(newest), 'after 5 alert PMS alerts/0@2');
      assert.deepEqual([newest.mjdTai, newest.points], [60_003, 3]);
    },
  );

  await context.test('sees what came before the object’s first packet', async () => {
    const where = { raDeg: 20, decDeg: -5 + NEAR_DEG };
    const early = confluent(SPECTRUM_ID, SPECTRUM_SCHEMA, { objectId: null, ...where, ...spectrum() });
    const record = { objectId: 'before', metadata: { hostRedshift: 0.1, unheardOf: 3 } };
    assert.deepEqual(await sent('spectra', early), []);
    assert.deepEqual(await sent('records', record), []);
    const alerts = [60_001, 60_002, 60_003].map((mjd) => toyPacket('before', mjd, { ra: 20, dec: -5 }).bytes);
    assert.deepEqual((await sent('alerts', ...alerts)).map(outline), [
      'before 2 alert PMS alerts/0@4',
      'before 3 alert PMS alerts/0@5',
    ]);
  });

  await context.test('joins nothing to what is elsewhere, or has too few points', async () => {
    const far = { raDeg: 10, decDeg: 5 + 10 * NEAR_DEG, ...spectrum() };
    assert.deepEqual(await sent('spectra', far), []);
    const single = toyPacket('single', 60_001, { ra: 30, dec: 0 }).bytes;
    assert.deepEqual(await sent('alerts', single), []);
    assert.deepEqual(await sent('spectra', { objectId: 'single', ...spectrum() }), []);
    const second = toyPacket('single', 60_002, { ra: 30, dec: 0 }).bytes;
    assert.deepEqual((await sent('alerts', second)).map(outline), ['single 3 alert PS alerts/0@7']);
  });

  await context.test('makes dead letters of what it cannot use, and the ledger counts all', async () => {
    await sent('spectra', { objectId: 'after', wavelengthAngstrom: [4000], flux: [1] }, Buffer.from('{'));
    await sent('records', { hostRedshift: 0.1 }, { objectId: 'after', hostRedshift: -999 });
    const letters = (await service.letters()).map(({ code, source }) => `${String(code)} ${placeOf(source)}`);
    assert.deepEqual(letters.sort(), [
      'JSON_INVALID spectra/0@5',
      'METADATA_INVALID records/0@2',
      'METADATA_INVALID records/0@3',
      'SPECTRUM_INVALID spectra/0@4',
    ]);
    await stopped(instance);
    const { status, out } = await service.verb('ledger', '--json');
    assert.equal(status, 0);
    const { total, balanced } = JSON.parse(out) as { readonly total: unknown; readonly balanced: boolean };
    assert.ok(balanced);
    assert.deepEqual(total, {
      ...{ consumed: 18, scored: 7, held: 7, duplicate: 0, deadLettered: 4, tooLate: 0 },
    });
  });
});

function outline({ objectId, revision, cause, mask, source }: ScoreRecord): string {
  return `${objectId} ${revision} ${cause} ${mask} ${placeOf(source)}`;
}

function placeOf(source: unknown): string {
  const { topic, partition, offset } = source as Readonly<Record<string, unknown>>;
  return `${String(topic)}/${String(partition)}@${String(offset)}`;
}

function spectrum(): { readonly wavelengthAngstrom: readonly number[]; readonly flux: readonly number[] } {
  const wavelengthAngstrom = Array.from({ length: 400 }, (_, i) => 3800 + 10 * i);
  return {
    wavelengthAngstrom,
    flux: wavelengthAngstrom.map((wavelength) => 1 + Math.sin(wavelength / 200) / 3),
  };
}

function bytesOf(value: Buffer | object): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
}

/** A record in Confluent wire format. */
function confluent(wireId: number, schema: object, record: object): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(wireId, 1);
  const type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false });
  return Buffer.concat([head, type.toBuffer(record)]);
}
