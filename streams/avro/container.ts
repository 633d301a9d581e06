import { accepted, rejected } from '../../core/index.ts';
import type { Rejection, Result } from '../../core/index.ts';
import { AvroDamage } from './avro-damage.ts';
import type { ByteReader } from './byte-reader.ts';
import type { BlockCodec } from './codecs.ts';
import { VarintCursor, encodedLong } from './varint.ts';

/** First bytes of an Avro object container file, version 1. */
export const CONTAINER_MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
/** The largest schema seen (LSST 11) has 0.1 MB of JSON. */
const HEADER_BYTES_MAX = 8 * 1024 * 1024;
/** Count and size of a block: two integers of at most 10 bytes. */
const BLOCK_HEAD_BYTES_MAX = 20;
const SCAN_BYTES = 64 * 1024;

export interface ContainerHeader {
  /** As in the file, from the magic to the sync marker. */
  readonly bytes: Buffer;
  readonly schema: Buffer;
  readonly codec: string;
  readonly sync: Buffer;
}

export type ContainerPart =
  | {
      readonly kind: 'block';
      readonly count: number;
      /** The records' bytes, decompressed. */
      readonly content: Buffer;
      /** The block as it is in the file, from its count to its sync marker. */
      readonly raw: Buffer;
    }
  | {
      readonly kind: 'damage';
      /** Records that the block says it has; 1 where it cannot be told. */
      readonly count: number;
      readonly rejection: Rejection;
      /**
       * The block's bytes from its count to its end marker, as far as they are there, at most
       * `damageBytesMax`.
       */
      readonly bytes: Buffer;
    };

export interface ContainerLimits {
  /** Larger blocks are damage, before and after decompression. */
  readonly blockBytesMax: number;
  readonly damageBytesMax: number;
}

/**
 * Header of an Avro object container file.
 *
 * @source Avro 1.12 specification, "Object Container Files"
 */
export async function readContainerHeader(reader: ByteReader): Promise<Result<ContainerHeader>> {
  for (let wanted = CONTAINER_MAGIC.length + SYNC_BYTES; ; wanted = Math.max(wanted * 2, SCAN_BYTES)) {
    const isWhole = await reader.fill(Math.min(wanted, HEADER_BYTES_MAX));
    const header = parsedHeader(reader.peek());
    if (header !== null) {
      if (header.ok) reader.take(header.value.bytes.length);
      return header;
    }
    if (!isWhole) {
      const why = `its ${reader.available} bytes end within the header`;
      return rejected('AVRO_TRUNCATED', `Cannot read the file as Avro: ${why}`);
    }
    if (wanted >= HEADER_BYTES_MAX) {
      const why = `its header has more than ${HEADER_BYTES_MAX} bytes`;
      return rejected('AVRO_CORRUPT', `Cannot read the file as Avro: ${why}`);
    }
  }
}

/** The header that bytes begin with; `null` if they end within it. */
function parsedHeader(bytes: Buffer): Result<ContainerHeader> | null {
  const cursor = new VarintCursor(bytes, CONTAINER_MAGIC.length);
  let schema: Buffer | null = null;
  let codec = 'null';
  for (let count = cursor.long(); count !== 0; count = cursor.long()) {
    if (count < 0) cursor.long();
    for (let i = Math.abs(count); i > 0; i--) {
      const key = cursor.bytes()?.toString('latin1');
      const value = cursor.bytes();
      if (value === null) break;
      if (key === 'avro.schema') schema = value;
      if (key === 'avro.codec') codec = value.toString('latin1');
    }
    if (cursor.isCorrupt) {
      return rejected('AVRO_CORRUPT', "Cannot read the file as Avro: its header's metadata cannot be read");
    }
    if (cursor.isShort) return null;
  }
  const end = cursor.position + SYNC_BYTES;
  if (cursor.isShort || end > bytes.length) return null;
  if (schema === null) {
    return rejected('SCHEMA_INVALID', "Cannot read the file as Avro: its header has no writer's schema");
  }
  const sync = bytes.subarray(cursor.position, end);
  return accepted({ bytes: bytes.subarray(0, end), schema, codec, sync });
}

/**
 * The blocks of an Avro file after its header, one in memory at a time. A damaged block is given as damage,
 * and reading goes on after the next sync marker, where there is one.
 */
export async function* readContainerBlocks(
  reader: ByteReader,
  options: {
    readonly header: ContainerHeader;
    readonly decompress: BlockCodec;
    readonly limits: ContainerLimits;
  },
): AsyncGenerator<ContainerPart, void> {
  const { header, decompress, limits } = options;
  for (let number = 0; reader.available > 0 || (await reader.fill(1)); number++) {
    await reader.fill(BLOCK_HEAD_BYTES_MAX);
    const cursor = new VarintCursor(reader.peek(), 0);
    const count = cursor.long();
    const byteLength = cursor.long();
    const end = cursor.position + byteLength + SYNC_BYTES;
    const fault = headFault({ cursor, count, byteLength, limits });
    if (fault !== null || !(await reader.fill(end)) || !isSyncAt(reader.peek(), end, header.sync)) {
      const skipped = await skipToSync(reader, header.sync, limits.damageBytesMax);
      const rejection = fault ?? blockFault(reader, { number, byteLength, end, ...skipped });
      yield {
        kind: 'damage',
        count: fault === null ? Math.max(1, count) : 1,
        rejection,
        bytes: skipped.bytes,
      };
      continue;
    }
    const raw = reader.take(end);
    const content = decompressed(raw.subarray(cursor.position, end - SYNC_BYTES), {
      count,
      decompress,
      limits,
    });
    yield content.ok
      ? { kind: 'block', count, content: content.value, raw }
      : { kind: 'damage', count: Math.max(1, count), rejection: content.rejection, bytes: raw };
  }
}

function headFault(head: {
  readonly cursor: VarintCursor;
  readonly count: number;
  readonly byteLength: number;
  readonly limits: ContainerLimits;
}): Rejection | null {
  const { cursor, count, byteLength, limits } = head;
  if (cursor.isShort) {
    const reason = "Cannot read a block as Avro: the file ends within the block's first bytes";
    return { code: 'AVRO_TRUNCATED', reason };
  }
  // A record takes a byte at least: with more than a block may hold, the numbers of later records would be wrong.
  const isCountPossible = count >= 0 && count <= limits.blockBytesMax;
  if (cursor.isCorrupt || !isCountPossible || byteLength < 0 || byteLength > Number.MAX_SAFE_INTEGER) {
    const reason = `Cannot read a block as Avro: it says to have ${count} records in ${byteLength} bytes`;
    return { code: 'AVRO_CORRUPT', reason };
  }
  if (byteLength > limits.blockBytesMax) {
    const reason = `Cannot read a block as at most ${limits.blockBytesMax} bytes: current value is ${byteLength} bytes`;
    return { code: 'PACKET_TOO_LARGE', reason };
  }
  return null;
}

/** Why a block whose head is sound is not: bytes lost, added, changed or cut off. */
function blockFault(
  reader: ByteReader,
  block: {
    readonly number: number;
    readonly byteLength: number;
    /**
     * Expected and found bytes up to the end of the sync marker; `foundEnd` is `null` where none was found.
     */
    readonly end: number;
    readonly foundEnd: number | null;
    readonly scanned: number;
  },
): Rejection {
  const { number, byteLength, end, foundEnd, scanned } = block;
  const start = `Cannot read block ${number} of ${byteLength} bytes as Avro`;
  if (foundEnd !== null) {
    const shift = Math.abs(foundEnd - end);
    const what = foundEnd < end ? `early by ${shift}, so that bytes were lost` : `late by ${shift}`;
    return { code: 'AVRO_CORRUPT', reason: `${start}: its sync marker comes ${what}` };
  }
  if (scanned < end) {
    if (reader.fault !== null) return { code: reader.fault.code, reason: reader.fault.message };
    return {
      code: 'AVRO_TRUNCATED',
      reason: `${start}: the file ends ${end - scanned} bytes before it does`,
    };
  }
  return { code: 'AVRO_CORRUPT', reason: `${start}: the file's sync marker does not follow it` };
}

function isSyncAt(bytes: Buffer, end: number, sync: Buffer): boolean {
  return bytes.compare(sync, 0, SYNC_BYTES, end - SYNC_BYTES, end) === 0;
}

/** Takes everything up to and with the next sync marker, or to the end; keeps the first bytes of it. */
async function skipToSync(
  reader: ByteReader,
  sync: Buffer,
  bytesMax: number,
): Promise<{ readonly bytes: Buffer; readonly foundEnd: number | null; readonly scanned: number }> {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let scanned = 0;
  const keep = (piece: Buffer): void => {
    scanned += piece.length;
    const part = piece.subarray(0, bytesMax - keptBytes);
    keptBytes += part.length;
    if (part.length > 0) kept.push(part);
  };
  for (;;) {
    const found = reader.peek().indexOf(sync);
    if (found >= 0) {
      keep(reader.take(found + SYNC_BYTES));
      return { bytes: Buffer.concat(kept), foundEnd: scanned, scanned };
    }
    // The last bytes may be the marker's first.
    keep(reader.take(Math.max(0, reader.available - SYNC_BYTES + 1)));
    const before = reader.available;
    await reader.fill(before + SCAN_BYTES);
    if (reader.available === before) break;
  }
  keep(reader.take(reader.available));
  return { bytes: Buffer.concat(kept), foundEnd: null, scanned };
}

function decompressed(
  block: Buffer,
  options: {
    readonly count: number;
    readonly decompress: BlockCodec;
    readonly limits: ContainerLimits;
  },
): Result<Buffer> {
  try {
    const content = options.decompress(block, options.limits.blockBytesMax);
    if (options.count <= content.length) return accepted(content);
    const why = `it says to have ${options.count} records in ${content.length} bytes`;
    return rejected('AVRO_CORRUPT', `Cannot read a block as Avro: ${why}`);
  } catch (error) {
    const code = error instanceof AvroDamage ? error.code : 'AVRO_CORRUPT';
    const why = error instanceof Error ? error.message : String(error);
    return rejected(code, `Cannot decompress a block of ${block.length} bytes: ${why}`);
  }
}

/** Metadata of a file with one schema and no compression, up to its sync marker. */
function plainHeader(header: ContainerHeader): Buffer {
  const texts = ['avro.schema', header.schema, 'avro.codec', 'null'].map((text) => Buffer.from(text));
  const entries = texts.flatMap((text) => [encodedLong(text.length), text]);
  return Buffer.concat([CONTAINER_MAGIC, encodedLong(2), ...entries, encodedLong(0), header.sync]);
}

/** An Avro file of one uncompressed block with the schema of another file. */
export function containerOfRecords(header: ContainerHeader, content: Buffer, count: number): Buffer {
  return Buffer.concat([
    plainHeader(header),
    encodedLong(count),
    encodedLong(content.length),
    content,
    header.sync,
  ]);
}
