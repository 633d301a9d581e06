import assert from 'node:assert/strict';
import avro from 'avsc';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { readCommitted } from '../../helpers/services/topics.ts';

type Json = Readonly<Record<string, unknown>>;

/** Long values as text, as JSON has them. */
const LONG_AS_TEXT = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE().toString(),
  toBuffer: () => Buffer.alloc(8),
  fromJSON: String,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'string',
  compare: () => 0,
});

/** Records of a topic, each read by the schema that its message names at the registry, in the form of their JSON. */
export async function avroRecords(
  kafka: Kafka,
  registryUrl: string,
  topic: string,
): Promise<readonly Json[]> {
  const records: Json[] = [];
  for (const { value } of await readCommitted(kafka, topic)) {
    assert.equal(value?.[0], 0);
    const answer = await fetch(`${registryUrl}/schemas/ids/${value.readUInt32BE(1)}`);
    const { schema } = (await answer.json()) as { readonly schema: string };
    const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, {
      wrapUnions: false,
      registry: { long: LONG_AS_TEXT },
    });
    const record = JSON.parse(JSON.stringify(type.fromBuffer(value.subarray(5)))) as Json;
    const source = Object.entries(record['source'] as Json).filter(([, place]) => place !== null);
    const revision = record['revision'] === undefined ? {} : { revision: Number(record['revision']) };
    const { bytes } = record;
    records.push({
      ...record,
      ...revision,
      source: Object.fromEntries(source),
      ...(bytes === undefined
        ? {}
        : { bytes: Buffer.from((bytes as { readonly data: readonly number[] }).data) }),
    });
  }
  return records;
}
