import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { METADATA_FIELD_NAMES, loadConfig } from '../../../core/index.ts';
import type { MetadataRecord, Result } from '../../../core/index.ts';
import { readMetadataMessage } from '../../../streams/index.ts';
import { avroMessages, messageRecords } from '../../helpers/message-records.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

const SCHEMA = {
  type: 'record',
  name: 'context',
  fields: [
    { name: 'objectId', type: 'long' },
    { name: 'metadata', type: { type: 'map', values: 'double' } },
  ],
};
const RECORDS = messageRecords(SCHEMA);
const { join } = loadConfig(null);

function read(value: Buffer | string, columns = {}): Promise<Result<MetadataRecord>> {
  const message = topicMessage(value, { topic: 'context' });
  return readMetadataMessage(message, { records: RECORDS, join: { ...join, metadataColumns: columns } });
}

async function recordOf(record: object, columns = {}): Promise<MetadataRecord> {
  const result = await read(JSON.stringify(record), columns);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

test('readMetadataMessage() reads fields by their own names, in a record or beside the object', async () => {
  const wanted = { recordId: 'context/2@5', objectId: '5', raDeg: null, decDeg: null };
  const metadata = { hostRedshift: 0.5, parallaxMas: 3 };
  assert.deepEqual(await recordOf({ objectId: 5, metadata }), { ...wanted, metadata });
  assert.deepEqual(await recordOf({ objectId: 5, ...metadata, colour: 'blue' }), { ...wanted, metadata });
  const { confluent, container } = avroMessages(SCHEMA, { objectId: 5, metadata });
  for (const value of [confluent, container]) {
    assert.deepEqual(await read(value), { ok: true, value: { ...wanted, metadata } });
  }
});

test('readMetadataMessage() takes catalogues’ names, configured ones first, derived fields and a position', async () => {
  const record = { RA_ICRS: 10, DE_ICRS: -5, Gmag: 15, gmag: 16, pmra: 3, pmdec: 4, z: 0.1, redshift: 0.2 };
  const found = await recordOf(record, { hostRedshift: 'z', hostMag: 'absent' });
  assert.deepEqual([found.objectId, found.raDeg, found.decDeg], [null, 10, -5]);
  assert.deepEqual(found.metadata, {
    gaiaGMag: 15,
    neighbourGMag: 16,
    properMotionMasPerYear: 5,
    hostRedshift: 0.1,
  });
});

test('readMetadataMessage() passes over what cannot be, and rejects a record without object or value', async () => {
  const record = { objectId: 'A', hostRedshift: -999, jMag: 12, hMag: 'x', kMag: null };
  assert.deepEqual((await recordOf(record)).metadata, { jMag: 12 });
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['{"jMag": 12}', 'METADATA_INVALID', /object or its position: current value is neither/],
    ['{"ra": 10, "dec": 99, "jMag": 12}', 'METADATA_INVALID', /object or its position/],
    ['{"objectId": "A", "jMag": 99}', 'METADATA_INVALID', /current value is objectId, jMag/],
    ['{"objectId": "A", "metadata": {}}', 'METADATA_INVALID', /current value is no field/],
    ['{"objectId": "A", "jMag": NaN}', 'JSON_INVALID', /NaN/],
  ];
  for (const [value, code, why] of cases) {
    const result = await read(value);
    assert.ok(!result.ok, value);
    assert.equal(result.rejection.code, code);
    assert.match(result.rejection.reason, why);
  }
});

test('readMetadataMessage() survives any record, and gives finite values of known fields only', async () => {
  const names = fc.oneof(fc.constantFrom(...METADATA_FIELD_NAMES, 'ra', 'dec', 'objectId', 'z'), fc.string());
  const values = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, values), async (fields) => {
      const result = await read(JSON.stringify(fields));
      if (!result.ok) return;
      const { metadata, raDeg, decDeg, objectId } = result.value;
      assert.ok(Object.values(metadata).every(Number.isFinite));
      assert.ok(objectId !== null || (raDeg !== null && decDeg !== null));
    }),
    { seed: 11, numRuns: 500 },
  );
});
