import { checkUnpackedSize, UnpackFailure } from './unpack-failure.ts';

/** Raw snappy blocks, packed and unpacked off the main thread. */
export interface Snappy {
  pack(content: Buffer): Promise<Buffer>;
  /** @throws UnpackFailure */
  unpack(block: Buffer, bytesMax: number): Promise<Buffer>;
  /** The same on the calling thread. */
  unpackSync(block: Buffer, bytesMax: number): Buffer;
}

let loaded: Promise<Snappy> | null = null;

/** Snappy by a native library, loaded when first asked for. */
export function loadSnappy(): Promise<Snappy> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Snappy> {
  const { default: snappy } = await import('snappy');
  const damaged = (cause: unknown): UnpackFailure =>
    new UnpackFailure('a snappy block is damaged', { cause });
  return {
    pack: (content) => snappy.compress(content),
    unpack: async (block, bytesMax) => {
      checkUnpackedSize(snappyContentSize(block), bytesMax);
      try {
        return (await snappy.uncompress(block, { asBuffer: true })) as Buffer;
      } catch (cause) {
        throw damaged(cause);
      }
    },
    unpackSync: (block, bytesMax) => {
      checkUnpackedSize(snappyContentSize(block), bytesMax);
      try {
        return snappy.uncompressSync(block, { asBuffer: true }) as Buffer;
      } catch (cause) {
        throw damaged(cause);
      }
    },
  };
}

/**
 * The uncompressed length that a raw snappy block begins with, bytes.
 *
 * @throws UnpackFailure
 */
export function snappyContentSize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new UnpackFailure('a snappy block does not begin with its length');
}
