import avro from 'avsc';
import { accepted, loadConfig, rejected } from '../../core/index.ts';
import { createMessageRecords } from '../../streams/index.ts';
import type { MessageRecords } from '../../streams/index.ts';
import { containerBlock, containerHeader } from './test-packets.ts';

/** Reads records as a service does; the schema has the Confluent id 7, other ids are unknown. */
export function messageRecords(schema: object): MessageRecords {
  const known = accepted({ root: schema, named: new Map<string, unknown>() });
  return createMessageRecords({
    decode: { ...loadConfig(null).decode, packetBytesMax: 500_000 },
    registry: {
      schema: (wireId) =>
        Promise.resolve(wireId === 7 ? known : rejected('SCHEMA_ID_UNKNOWN', `Cannot find ${wireId}`)),
    },
  });
}

/** A record in Confluent wire format with id 7, and as an Avro file. */
export function avroMessages(schema: object, record: object): { confluent: Buffer; container: Buffer } {
  const body = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false }).toBuffer(record);
  return {
    confluent: Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), body]),
    container: Buffer.concat([containerHeader(JSON.stringify(schema), 'null'), containerBlock(1, body)]),
  };
}
