import { crc32, inflateRawSync } from 'node:zlib';
import { systemErrorCode } from '../../core/index.ts';
import { loadSnappy } from '../compression/snappy.ts';
import { UnpackFailure } from '../compression/unpack-failure.ts';
import { loadZstd } from '../compression/zstd.ts';
import { AvroDamage } from './avro-damage.ts';

/** Decompresses one block of an Avro file. Throws AvroDamage, or what the library throws, on damage. */
export type BlockCodec = (block: Buffer, bytesMax: number) => Buffer;

const LOADERS: Readonly<Record<string, () => Promise<BlockCodec>>> = {
  null: () => Promise.resolve((block) => block),
  deflate: () => Promise.resolve(inflate),
  snappy: loadSnappyBlock,
  zstandard: loadZstandardBlock,
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
async function loadSnappyBlock(): Promise<BlockCodec> {
  const snappy = await loadSnappy();
  return (block, bytesMax) => {
    if (block.length < SNAPPY_CRC_BYTES + 1) throw new AvroDamage(`a snappy block has ${block.length} bytes`);
    const content = unpacked(() => snappy.unpackSync(block.subarray(0, -SNAPPY_CRC_BYTES), bytesMax));
    if (crc32(content) !== block.readUInt32BE(block.length - SNAPPY_CRC_BYTES)) {
      throw new AvroDamage('the checksum of a snappy block does not match');
    }
    return content;
  };
}

async function loadZstandardBlock(): Promise<BlockCodec> {
  const zstd = await loadZstd();
  return (block, bytesMax) => unpacked(() => zstd.unpack(block, bytesMax));
}

function unpacked(unpack: () => Buffer): Buffer {
  try {
    return unpack();
  } catch (error) {
    if (!(error instanceof UnpackFailure)) throw error;
    throw error.isTooLarge
      ? new AvroDamage(`the block is too large: ${error.message}`, 'PACKET_TOO_LARGE')
      : new AvroDamage(error.message);
  }
}
