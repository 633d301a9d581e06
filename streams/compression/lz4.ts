import { checkUnpackedSize, UnpackFailure } from './unpack-failure.ts';

/** LZ4 frames, packed and unpacked off the main thread. */
export interface Lz4 {
  pack(content: Buffer): Promise<Buffer>;
  /** @throws UnpackFailure */
  unpack(frame: Buffer, bytesMax: number): Promise<Buffer>;
}

let loaded: Promise<Lz4> | null = null;

/** LZ4 by a native library, loaded when first asked for. */
export function loadLz4(): Promise<Lz4> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Lz4> {
  const { default: lz4 } = await import('lz4-napi');
  return {
    pack: (content) => lz4.compressFrame(content),
    unpack: async (frame, bytesMax) => {
      if (frameSize(frame, looseSize) > bytesMax) checkUnpackedSize(frameSize(frame, exactSize), bytesMax);
      try {
        return await lz4.decompressFrame(frame);
      } catch (cause) {
        throw new UnpackFailure('an lz4 frame is damaged', { cause });
      }
    },
  };
}

const MAGIC = 0x184d2204;
const BLOCK_BYTES_MAX: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};
const FLAGS = { dictionary: 1, contentChecksum: 4, contentSize: 8, blockChecksum: 16 } as const;

/** A byte of a packed block stands for no more than so many of its content. */
const RATIO_MAX = 255;

/** What one packed block has at most, bytes. */
type BlockSize = (block: Buffer, blockBytesMax: number) => number;

/** What the header and the block's length allow: nothing of it is read. */
const looseSize: BlockSize = (block, blockBytesMax) => Math.min(blockBytesMax, block.length * RATIO_MAX);

/** What the block's sequences of literals and matches add up to. */
const exactSize: BlockSize = (block, blockBytesMax) => {
  let at = 0;
  let size = 0;
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255;) {
      byte = block[at++] ?? 0;
      sum += byte;
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = length(token >> 4);
    size += literals;
    at += literals;
    if (at >= block.length) break;
    at += 2;
    size += length(token & 15) + 4;
  }
  return Math.min(size, blockBytesMax);
};

/**
 * What a frame's content has at most, bytes; the library itself knows no limit.
 *
 * @source LZ4 Frame Format Description 1.6.4, "General Structure" and "Frame Descriptor"; LZ4 Block Format Description
 * @throws UnpackFailure if the frame is damaged
 */
function frameSize(frame: Buffer, blockSize: BlockSize): number {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC)
    throw new UnpackFailure('lz4 bytes do not begin with a frame');
  const flags = frame.readUInt8(4);
  const blockBytesMax = BLOCK_BYTES_MAX[(frame.readUInt8(5) >> 4) & 7];
  if (blockBytesMax === undefined) throw new UnpackFailure('the block size of an lz4 frame is not known');
  const has = (flag: keyof typeof FLAGS): boolean => (flags & FLAGS[flag]) !== 0;
  let at = 6 + (has('contentSize') ? 8 : 0) + (has('dictionary') ? 4 : 0) + 1;
  let sizeMax = 0;
  for (;;) {
    if (at + 4 > frame.length) throw new UnpackFailure('an lz4 frame ends between its blocks');
    const header = frame.readUInt32LE(at);
    if (header === 0) return sizeMax;
    const size = header & 0x7fffffff;
    const isPacked = header >>> 31 === 0;
    const block = frame.subarray(at + 4, at + 4 + size);
    sizeMax += isPacked ? blockSize(block, blockBytesMax) : size;
    at += 4 + size + (has('blockChecksum') ? 4 : 0);
  }
}
