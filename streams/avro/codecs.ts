import { crc32, inflateRawSync } from 'node:zlib';
import { systemErrorCode } from '../../core/index.ts';
import { AvroDamage } from './avro-damage.ts';

/** Decompresses one block of an Avro file. Throws AvroDamage, or what the library throws, on damage. */
export type BlockCodec = (block: Buffer, bytesMax: number) => Buffer;

const LOADERS: Readonly<Record<string, () => Promise<BlockCodec>>> = {
  null: () => Promise.resolve((block) => block),
  deflate: () => Promise.resolve(inflate),
  snappy: loadSnappy,
  zstandard: loadZstandard,
};

const loaded = new Map<string, Promise<BlockCodec>>();

/** The codecs that can be read, by the name in a file's `avro.codec`. */
export const CODEC_NAMES: readonly string[] = Object.keys(LOADERS);

/** A codec by name, loaded when first asked for; `null` for one that is not known. */
export function blockCodec(name: string): Promise<BlockCodec> | null {
  if (!Object.hasOwn(LOADERS, name)) return null;
  const known = loaded.get(name) ?? LOADERS[name]?.() ?? null;
  if (known !== null) loaded.set(name, known);
  return known;
}

function inflate(block: Buffer, bytesMax: number): Buffer {
  try {
    return inflateRawSync(block, { maxOutputLength: bytesMax });
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new AvroDamage(`the block holds more than the ${bytesMax} bytes that are read`, 'PACKET_TOO_LARGE');
  }
}

const SNAPPY_CRC_BYTES = 4;

/** Avro's snappy: a raw snappy block and the big-endian CRC-32 of what the block holds. */
async function loadSnappy(): Promise<BlockCodec> {
  const { default: snappy } = await import('snappy');
  return (block, bytesMax) => {
    if (block.length < SNAPPY_CRC_BYTES + 1) throw new AvroDamage(`a snappy block has ${block.length} bytes`);
    const compressed = block.subarray(0, -SNAPPY_CRC_BYTES);
    checkSize(snappyContentSize(compressed), bytesMax);
    const content = snappy.uncompressSync(compressed, { asBuffer: true }) as Buffer;
    if (crc32(content) !== block.readUInt32BE(block.length - SNAPPY_CRC_BYTES)) {
      throw new AvroDamage('the checksum of a snappy block does not match');
    }
    return content;
  };
}

/** The uncompressed length that a raw snappy block begins with. */
function snappyContentSize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i] ?? 0;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new AvroDamage('a snappy block does not begin with its length');
}

/** First try for frames that do not tell their content's size, then eight times more, up to the limit. */
const ZSTD_UNKNOWN_SIZE_BYTES = 1024 * 1024;

async function loadZstandard(): Promise<BlockCodec> {
  const { decompress, init } = await import('@bokuweb/zstd-wasm');
  await init();
  return (block, bytesMax) => {
    const size = zstdContentSize(block);
    if (size !== null) {
      checkSize(size, bytesMax);
      return viewOf(decompress(block));
    }
    for (let room = Math.min(ZSTD_UNKNOWN_SIZE_BYTES, bytesMax); ; room = Math.min(room * 8, bytesMax)) {
      try {
        return viewOf(decompress(block, { defaultHeapSize: room }));
      } catch (error) {
        if (room >= bytesMax) throw error;
      }
    }
  };
}

/**
 * Content size in the header of a Zstandard frame; `null` if the frame does not tell it.
 *
 * @source RFC 8878, 3.1.1.1
 */
function zstdContentSize(block: Buffer): number | null {
  if (block.length < 6 || block.readUInt32LE(0) !== 0xfd2fb528) {
    throw new AvroDamage('a zstandard block does not begin with a frame');
  }
  const descriptor = block.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeFlag = descriptor >> 6;
  const start = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  if (sizeFlag === 0 && !isSingleSegment) return null;
  const sizeBytes = 2 ** sizeFlag;
  if (block.length < start + sizeBytes) throw new AvroDamage('a zstandard block ends within its header');
  if (sizeFlag === 0) return block.readUInt8(start);
  if (sizeFlag === 1) return block.readUInt16LE(start) + 256;
  if (sizeFlag === 2) return block.readUInt32LE(start);
  return Number(block.readBigUInt64LE(start));
}

function checkSize(size: number, bytesMax: number): void {
  if (size <= bytesMax) return;
  throw new AvroDamage(`the block holds ${size} bytes, and at most ${bytesMax} are read`, 'PACKET_TOO_LARGE');
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
