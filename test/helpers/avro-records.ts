import assert from 'node:assert/strict';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createGunzip, gunzipSync, inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import type { Schema } from 'avsc';
import tar from 'tar-stream';
import type { AvroRecord, WriterSchemaName } from '../../streams/index.ts';

/**
 * Real packets as whole records, read with avsc alone: what the survey adapters are tested on, apart from the product's
 * own Avro layer.
 */
export interface PacketRecord {
  readonly schema: WriterSchemaName;
  readonly record: AvroRecord;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

const BIGINT_LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema without defaults, each definition under a name of its own, so that invalid and repeated ones can be read. */
class SchemaCleaner {
  readonly #names = new Map<string, string>();
  #count = 0;

  clean(schema: Json, namespace = ''): Json {
    if (typeof schema === 'string') return this.#names.get(fullNameOf(schema, namespace)) ?? schema;
    if (Array.isArray(schema)) return schema.map((branch: Json) => this.clean(branch, namespace));
    if (!isObject(schema)) return schema;
    if (schema['type'] === 'record') return this.#record(schema, namespace);
    if (schema['type'] === 'array')
      return { type: 'array', items: this.clean(schema['items'] ?? null, namespace) };
    return this.clean(schema['type'] ?? null, namespace);
  }

  #record(schema: JsonObject, outer: string): Json {
    const fullName = fullNameOf(text(schema['name']), text(schema['namespace'] ?? outer));
    const name = `r${this.#count++}`;
    this.#names.set(fullName, name);
    const namespace = fullName.split('.').slice(0, -1).join('.');
    const taken = new Set<string>();
    const fields = (schema['fields'] as readonly JsonObject[]).map((field, index) => {
      // Names such as "chi/N" are not valid Avro, and some are there twice: their place is what is read.
      const stated = text(field['name']);
      const isUsable = /^\w+$/.test(stated) && !taken.has(stated);
      taken.add(stated);
      return { name: isUsable ? stated : `f${index}`, type: this.clean(field['type'] ?? null, namespace) };
    });
    return { type: 'record', name, fields };
  }
}

function fullNameOf(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function readerOf(schema: Json): avro.Type {
  const cleaned = new SchemaCleaner().clean(schema);
  return avro.Type.forSchema(cleaned as Schema, { registry: { long: BIGINT_LONG } });
}

/** Unions unwrapped, records as plain objects. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  if ('unwrap' in value && typeof value.unwrap === 'function')
    return plain((value.unwrap as () => unknown)());
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const MAP_OF_BYTES = avro.Type.forSchema({ type: 'map', values: 'bytes' });
const LONG = avro.Type.forSchema('long');
const SYNC_BYTES = 16;

interface Decoded<T> {
  readonly value: T;
  readonly offset: number;
}

/** What the schema promises, since avsc types every value as `any`. */
function decoded<T>(type: avro.Type, bytes: Buffer, position: number): Decoded<T> {
  const { value, offset } = type.decode(bytes, position) as Decoded<T>;
  return { value, offset };
}

/** The records of an object container file, or of a gzipped one. */
export function recordsInContainer(file: Buffer): readonly PacketRecord[] {
  const bytes = file.readUInt16BE(0) === 0x1f8b ? gunzipSync(file) : file;
  assert.equal(bytes.toString('latin1', 0, 4), 'Obj\x01');
  const header = decoded<Record<string, Buffer>>(MAP_OF_BYTES, bytes, 4);
  const schema = JSON.parse(String(header.value['avro.schema'])) as JsonObject;
  const codec = String(header.value['avro.codec'] ?? 'null');
  const type = readerOf(schema);
  const name = schemaNameOf(schema, null);
  const records: PacketRecord[] = [];
  let position = header.offset + SYNC_BYTES;
  while (position < bytes.length) {
    const count = decoded<number>(LONG, bytes, position);
    const size = decoded<number>(LONG, bytes, count.offset);
    const packed = bytes.subarray(size.offset, size.offset + size.value);
    const block = codec === 'deflate' ? inflateRawSync(packed) : packed;
    let inBlock = 0;
    for (let i = 0; i < count.value; i++) {
      const one = decoded<unknown>(type, block, inBlock);
      records.push({ schema: name, record: plain(one.value) as AvroRecord });
      inBlock = one.offset;
    }
    position = size.offset + size.value + SYNC_BYTES;
  }
  return records;
}

function schemaNameOf(schema: JsonObject, wireId: number | null): WriterSchemaName {
  const version = schema['version'];
  return {
    fullName: fullNameOf(text(schema['name']), text(schema['namespace'])),
    version: typeof version === 'string' ? version : null,
    wireId,
  };
}

/** Reads Confluent messages with the schemas of a folder `MAJOR.MINOR/*.avsc`. */
export class ConfluentReader {
  readonly #folder: string;
  readonly #readers = new Map<number, { type: avro.Type; schema: WriterSchemaName }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  record(message: Buffer): PacketRecord {
    const wireId = message.readUInt32BE(1);
    let reader = this.#readers.get(wireId);
    if (reader === undefined) {
      const schema = this.#schema(`${Math.floor(wireId / 100)}.${wireId % 100}`);
      reader = { type: readerOf(schema), schema: schemaNameOf(schema, wireId) };
      this.#readers.set(wireId, reader);
    }
    const { value } = decoded<unknown>(reader.type, message, 5);
    return { schema: reader.schema, record: plain(value) as AvroRecord };
  }

  /** The alert's schema with the other files' records in the places that name them. */
  #schema(version: string): JsonObject {
    const folder = path.join(this.#folder, version);
    const schemas = new Map<string, JsonObject>();
    for (const file of readdirSync(folder)) {
      const schema = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as JsonObject;
      schemas.set(fullNameOf(text(schema['name']), text(schema['namespace'])), schema);
    }
    const inlined = (schema: Json): Json => {
      if (typeof schema === 'string') {
        const found = schemas.get(schema);
        if (found === undefined) return schema;
        schemas.delete(schema);
        return inlined(found);
      }
      if (Array.isArray(schema)) return schema.map(inlined);
      if (!isObject(schema)) return schema;
      return Object.fromEntries(
        Object.entries(schema).map(([key, value]) => [
          key,
          key === 'type' || key === 'items' || key === 'fields' ? inlined(value) : value,
        ]),
      );
    };
    const alert = [...schemas].find(([name]) => name.endsWith('.alert'));
    assert.ok(alert, `an alert schema in ${folder}`);
    return inlined(alert[1]) as JsonObject;
  }
}

/** The members of a .tar.gz, in order. */
export async function* membersOf(file: string): AsyncGenerator<{ name: string; bytes: Buffer }> {
  const extract = createReadStream(file).pipe(createGunzip()).pipe(tar.extract());
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file')
      yield { name: path.basename(entry.header.name), bytes: Buffer.concat(chunks) };
  }
}

/** Rows of a CSV file without quoted commas in the columns that are used, by column name. */
export function csvRows(file: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const columns = head.split(',');
  return lines.map((line) => {
    const cells =
      line.match(/("[^"]*"|[^,]*)(,|$)/g)?.map((cell) => cell.replace(/,$/, '').replaceAll('"', '')) ?? [];
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}
