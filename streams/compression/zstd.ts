import { checkUnpackedSize, UnpackFailure } from './unpack-failure.ts';

/** Synchronous functions; the library's memory is of this thread. */
export interface Zstd {
  pack(content: Buffer): Buffer;
  /**
   * One frame or several, each with or without its content's size in the header.
   *
   * @param bytesMax what is read at most; no more memory than that is taken for the content
   * @throws UnpackFailure
   */
  unpack(packed: Buffer, bytesMax: number): Buffer;
}

let loaded: Promise<Zstd> | null = null;

/** Zstandard by WASM, loaded when first asked for: Node.js has its own only from 22.15. */
export function loadZstd(): Promise<Zstd> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Zstd> {
  const { compress, decompress, init } = await import('@bokuweb/zstd-wasm');
  await init();
  return {
    pack: (content) => viewOf(compress(content)),
    unpack: (packed, bytesMax) => {
      const contents: Buffer[] = [];
      let size = 0;
      for (const { bytes, sizeMax, isExact } of framesOf(packed)) {
        if (isExact) checkUnpackedSize(size + sizeMax, bytesMax);
        const room = Math.min(sizeMax, bytesMax - size);
        try {
          contents.push(viewOf(decompress(bytes, { defaultHeapSize: Math.max(room, 1) })));
        } catch (cause) {
          if (room < sizeMax) checkUnpackedSize(size + sizeMax, bytesMax);
          throw new UnpackFailure('a zstandard frame is damaged', { cause });
        }
        size += contents.at(-1)?.length ?? 0;
      }
      const [only] = contents;
      return contents.length === 1 && only !== undefined ? only : Buffer.concat(contents);
    },
  };
}

interface Frame {
  readonly bytes: Buffer;
  /** What its content has at most, bytes. */
  readonly sizeMax: number;
  /** True if the content has exactly that. */
  readonly isExact: boolean;
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_BYTES_MAX = 128 * 1024;
const BLOCK_TYPES = { raw: 0, repeated: 1, packed: 2 } as const;

/**
 * The frames of a buffer, by the lengths in their headers; skippable ones are left out.
 *
 * @source RFC 8878, 3.1
 */
function framesOf(packed: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < packed.length || frames.length === 0) {
    const rest = packed.subarray(at);
    if (rest.length < 8) throw new UnpackFailure('zstandard bytes do not begin with a frame');
    const magic = rest.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + rest.readUInt32LE(4);
      if (at >= packed.length) break;
      continue;
    }
    if (magic !== FRAME_MAGIC) throw new UnpackFailure('zstandard bytes do not begin with a frame');
    const frame = frameAt(rest);
    frames.push(frame);
    at += frame.bytes.length;
  }
  return frames;
}

function frameAt(rest: Buffer): Frame {
  const descriptor = rest.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 4) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeFlag = descriptor >> 6;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const sizeBytes = sizeFlag === 0 && !isSingleSegment ? 0 : 2 ** sizeFlag;
  if (rest.length < sizeAt + sizeBytes) throw new UnpackFailure('a zstandard frame ends within its header');
  const blocks = blocksFrom(rest, sizeAt + sizeBytes);
  const end = blocks.end + (hasChecksum ? 4 : 0);
  if (end > rest.length) throw new UnpackFailure('a zstandard frame ends within its checksum');
  const size = sizeBytes === 0 ? null : contentSize(rest.subarray(sizeAt), sizeBytes);
  return { bytes: rest.subarray(0, end), sizeMax: size ?? blocks.sizeMax, isExact: size !== null };
}

function contentSize(field: Buffer, sizeBytes: number): number {
  if (sizeBytes === 1) return field.readUInt8(0);
  if (sizeBytes === 2) return field.readUInt16LE(0) + 256;
  return sizeBytes === 4 ? field.readUInt32LE(0) : Number(field.readBigUInt64LE(0));
}

/** Walks the blocks of a frame, each of which tells its length, to the one that is marked as the last. */
function blocksFrom(frame: Buffer, start: number): { readonly end: number; readonly sizeMax: number } {
  let at = start;
  let sizeMax = 0;
  for (let isLast = false; !isLast;) {
    if (at + 3 > frame.length) throw new UnpackFailure('a zstandard frame ends between its blocks');
    const header = frame.readUIntLE(at, 3);
    const size = header >> 3;
    const type = (header >> 1) & 3;
    isLast = (header & 1) === 1;
    at += 3 + (type === BLOCK_TYPES.repeated ? 1 : size);
    sizeMax += type === BLOCK_TYPES.packed ? BLOCK_BYTES_MAX : size;
  }
  return { end: at, sizeMax };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
