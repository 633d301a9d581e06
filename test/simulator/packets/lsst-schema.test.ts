import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateNight } from '../../../simulator/index.ts';
import { avroType } from '../../../simulator/packets/avro.ts';
import { LSST_SCHEMA } from '../../../simulator/packets/lsst-schema.ts';
import { ConfluentReader } from '../../helpers/avro-records.ts';
import { realData } from '../../helpers/real-data.ts';

test('LSST packets read the same with the survey’s own 10.0 schema as with ours', (context) => {
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (schemas === null) return;
  const own = avroType(LSST_SCHEMA);
  const reader = new ConfluentReader(schemas);
  for (const packet of simulateNight({ survey: 'lsst', seed: 'schema', alerts: 20 })) {
    const { schema, record } = reader.record(packet.bytes);
    assert.equal(schema.fullName, 'lsst.v10_0.alert');
    const decoded = own.decode(packet.bytes, packet.recordOffset);
    assert.equal(decoded.offset, packet.bytes.length);
    assert.deepEqual(plain(record), plain(decoded.value));
  }
});

/** Without the prototypes that avsc gives records. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
