import { crc32, deflateRawSync } from 'node:zlib';
import { compress } from '@bokuweb/zstd-wasm';
import avro from 'avsc';
import snappy from 'snappy';
import { accepted, loadConfig, mjdTai, njy } from '../../core/index.ts';
import type { Alert, Config } from '../../core/index.ts';
import { blockCodec } from '../../streams/avro/codecs.ts';
import { encodedLong } from '../../streams/avro/varint.ts';
import { createPacketDecoder } from '../../streams/index.ts';
import type { DecodedPacket, PacketDecoder, SchemaSource, SurveyAdapter } from '../../streams/index.ts';

/**
 * A small alert of no survey's, with what a real one has: an int64 id, a history that may be null, an image.
 */
export const TEST_SCHEMA = {
  type: 'record',
  name: 'alert',
  namespace: 'test',
  version: '1.2',
  fields: [
    { name: 'objectId', type: 'string' },
    { name: 'alertId', type: 'long' },
    { name: 'mjd', type: 'double' },
    {
      name: 'history',
      type: [
        'null',
        {
          type: 'array',
          items: {
            type: 'record',
            name: 'point',
            fields: [
              { name: 'note', type: ['null', 'string'] },
              { name: 'flux', type: 'float' },
            ],
          },
        },
      ],
    },
    { name: 'cutout', type: ['null', 'bytes'] },
  ],
} as const;

export interface TestAlert {
  readonly objectId: string;
  readonly alertId: number;
  readonly mjd: number;
  readonly history: readonly { readonly note: string | null; readonly flux: number }[] | null;
  readonly cutout: Buffer | null;
}

const testType = avro.Type.forSchema(TEST_SCHEMA as unknown as avro.Schema, { wrapUnions: false });

export function testAlert(alertId: number, mjd: number): TestAlert {
  const history = [
    { note: null, flux: 1.5 },
    { note: 'faint', flux: -alertId },
  ];
  return { objectId: `T${alertId}`, alertId, mjd, history, cutout: Buffer.alloc(40, alertId) };
}

export function testBody(alert: TestAlert): Buffer {
  return testType.toBuffer(alert);
}

/** Confluent wire format. */
export function testMessage(wireId: number, alert: TestAlert): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(wireId, 1);
  return Buffer.concat([head, testBody(alert)]);
}

export const TEST_SYNC = Buffer.from('0123456789abcdef', 'latin1');

export async function compressedBlock(codec: string, content: Buffer): Promise<Buffer> {
  if (codec === 'deflate') return deflateRawSync(content);
  if (codec === 'snappy') {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(content));
    return Buffer.concat([snappy.compressSync(content), checksum]);
  }
  if (codec === 'zstandard') {
    // The WASM module can be initialised only once in a process: loading the codec does it.
    await blockCodec('zstandard');
    return Buffer.from(compress(content));
  }
  return content;
}

/** Count, size, bytes and sync marker of a block. */
export function containerBlock(count: number, packed: Buffer, sync: Buffer = TEST_SYNC): Buffer {
  return Buffer.concat([encodedLong(count), encodedLong(packed.length), packed, sync]);
}

export function containerHeader(schema: string, codec: string): Buffer {
  const texts = ['avro.codec', codec, 'avro.schema', schema].map((text) => Buffer.from(text));
  const entries = texts.flatMap((text) => [encodedLong(text.length), text]);
  return Buffer.concat([Buffer.from('Obj\x01'), encodedLong(2), ...entries, encodedLong(0), TEST_SYNC]);
}

/** An Avro file with one block per list of alerts. */
export async function testContainer(
  blocks: readonly (readonly TestAlert[])[],
  codec = 'null',
): Promise<Buffer> {
  const parts = [containerHeader(JSON.stringify(TEST_SCHEMA), codec)];
  for (const alerts of blocks) {
    const packed = await compressedBlock(codec, Buffer.concat(alerts.map(testBody)));
    parts.push(containerBlock(alerts.length, packed));
  }
  return Buffer.concat(parts);
}

/** Reads `TEST_SCHEMA`; an alert named "bug" makes it throw. */
export const testAdapter: SurveyAdapter = {
  survey: 'test',
  recognises: (schema) => schema.fullName === 'test.alert',
  projection: ({ withCutouts }) => ({
    objectId: true,
    alertId: true,
    mjd: true,
    history: { flux: true },
    absent: true,
    ...(withCutouts ? { cutout: true } : {}),
  }),
  cutoutFields: { science: 'cutout' },
  toAlert: (record, { schema, source }) => {
    if (record['objectId'] === 'bug') throw new TypeError('there is a bug');
    const history = (record['history'] ?? []) as readonly { readonly flux: number }[];
    const alert: Alert = {
      survey: 'test',
      schemaVersion: schema.version ?? '',
      objectId: String(record['objectId']),
      alertId: record['alertId'] as bigint,
      mjdTai: mjdTai(record['mjd'] as number),
      raDeg: 10,
      decDeg: -10,
      band: 'g',
      wavelengthAngstrom: null,
      diffFluxNjy: njy(100),
      diffFluxErrNjy: njy(1),
      totalFluxNjy: null,
      totalFluxErrNjy: null,
      realBogusRatio: null,
      points: [],
      historyCounts: { detection: 1 + history.length, upperLimit: 0, forced: 0 },
      metadata: {},
      cutoutNames: record['cutout'] === null ? [] : ['science'],
      cutouts: record['cutout'] instanceof Uint8Array ? [{ name: 'science', bytes: record['cutout'] }] : [],
      source,
    };
    return accepted(alert);
  },
};

/** Knows `TEST_SCHEMA` as schema 7, and no other. */
export const testSchemas: SchemaSource = {
  schema: (wireId) =>
    Promise.resolve(
      wireId === 7
        ? accepted({ root: TEST_SCHEMA, named: new Map() })
        : { ok: false, rejection: { code: 'SCHEMA_ID_UNKNOWN', reason: `Cannot find ${wireId}` } },
    ),
};

export function testDecoder(limits: Partial<Config['decode']> = {}, withCutouts = false): PacketDecoder {
  const decode = { ...loadConfig(null).decode, ...limits };
  return createPacketDecoder({ decode, registry: testSchemas, adapters: [testAdapter], withCutouts });
}

/** Packets as one word each: the object's id, or the code of the rejection. */
export function outcomes(packets: readonly DecodedPacket[]): readonly string[] {
  return packets.map(({ result }) => (result.ok ? String(result.value.objectId) : result.rejection.code));
}

export async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Bytes in pieces, as a stream gives them. */
export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield await Promise.resolve(bytes.subarray(start, start + pieceBytes));
  }
}
