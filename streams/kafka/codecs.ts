import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { systemErrorCode } from '../../core/index.ts';
import { loadLz4 } from '../compression/lz4.ts';
import { loadSnappy } from '../compression/snappy.ts';
import { UnpackFailure } from '../compression/unpack-failure.ts';
import { packXerial, unpackXerial } from '../compression/xerial.ts';
import { loadZstd } from '../compression/zstd.ts';
import { UnreadableBatch } from './unreadable-batch.ts';

/** A codec as kafkajs calls it: with an encoder that holds the bytes of a record batch, and with packed bytes. */
interface ClientCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
}

interface BatchCodec {
  pack(content: Buffer): Promise<Buffer>;
  unpack(packed: Buffer, bytesMax: number): Promise<Buffer>;
}

const CODECS: Readonly<Record<'GZIP' | 'Snappy' | 'LZ4' | 'ZSTD', BatchCodec>> = {
  GZIP: { pack: promisify<Buffer, Buffer>(gzip), unpack: unpackGzip },
  Snappy: {
    pack: async (content) => packXerial(await loadSnappy(), content),
    unpack: async (packed, bytesMax) => unpackXerial(await loadSnappy(), packed, bytesMax),
  },
  LZ4: {
    pack: async (content) => (await loadLz4()).pack(content),
    unpack: async (packed, bytesMax) => (await loadLz4()).unpack(packed, bytesMax),
  },
  ZSTD: {
    pack: async (content) => (await loadZstd()).pack(content),
    unpack: async (packed, bytesMax) => (await loadZstd()).unpack(packed, bytesMax),
  },
};

/**
 * Teaches kafkajs every codec of Kafka, each with a limit, its own gzip, which has none, among them. kafkajs keeps codecs
 * for the whole process: the limit named last holds.
 *
 * @param unpackedBytesMax of one record batch
 */
export function registerCodecs(unpackedBytesMax: number): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const table = CompressionCodecs as Record<number, () => ClientCodec>;
  for (const [name, codec] of Object.entries(CODECS)) {
    const clientCodec: ClientCodec = {
      compress: ({ buffer }) => codec.pack(buffer),
      decompress: async (packed) => {
        try {
          return await codec.unpack(packed, unpackedBytesMax);
        } catch (error) {
          throw unpackError(error, name.toLowerCase(), packed);
        }
      },
    };
    table[CompressionTypes[name as keyof typeof CODECS]] = () => clientCodec;
  }
}

function unpackError(error: unknown, codec: string, packed: Buffer): unknown {
  if (!(error instanceof UnpackFailure)) return error;
  const limit = error.isTooLarge ? ', the limit being kafka.unpackedBytesMax' : '';
  return new UnreadableBatch(`in ${codec} as ${error.message}${limit}`, { packed, cause: error });
}

async function unpackGzip(packed: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)(packed, {
      maxOutputLength: bytesMax,
    });
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ERR_BUFFER_TOO_LARGE')
      throw new UnpackFailure('the gzip stream is damaged', { cause });
    throw new UnpackFailure(`it holds more than the ${bytesMax} bytes that are read`, {
      isTooLarge: true,
      cause,
    });
  }
}
