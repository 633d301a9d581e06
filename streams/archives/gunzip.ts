import type { EventEmitter } from 'node:events';
import { createGunzip } from 'node:zlib';
import { systemErrorCode } from '../../core/index.ts';
import { SourceFault } from '../avro/byte-reader.ts';
import type { ByteChunks } from '../avro/byte-reader.ts';

const OUTPUT_CHUNK_BYTES = 64 * 1024;
/**
 * Input is given in pieces of at most this, so that one holds at most 16 MiB unpacked (deflate packs up to
 * 1032:1).
 */
const INPUT_PIECE_BYTES = 16 * 1024;

/**
 * Unpacks gzip, its members one after another, piece by piece. All that comes before a cut is given, and then the
 * fault is thrown: a piped stream would drop what it has in its buffers. Of what comes before damage, up to
 * 64 KiB are lost: zlib keeps them when it fails. Zeros after the last member are padding, as gzip itself has it.
 *
 * @throws SourceFault ARCHIVE_TRUNCATED or ARCHIVE_CORRUPT
 */
export async function* gunzip(chunks: ByteChunks): AsyncGenerator<Uint8Array, void> {
  const stream = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES });
  const unpacked: Uint8Array[] = [];
  let fedBytes = 0;
  stream.on('data', (chunk: Uint8Array) => unpacked.push(chunk));
  // Errors are taken from `settled`; without a listener one would end the process.
  stream.on('error', () => undefined);
  try {
    for await (const piece of pieces(chunks)) {
      let padding = piece;
      if (!stream.readableEnded) {
        fedBytes += piece.length;
        const error = await settled(stream, (done) => stream.write(piece, done));
        yield* unpacked.splice(0);
        if (error !== null) throw faultOf(error);
        padding = piece.subarray(piece.length - (fedBytes - stream.bytesWritten));
      }
      if (padding.some((byte) => byte !== 0)) {
        throw new SourceFault('ARCHIVE_CORRUPT', 'Cannot unpack the gzip: other bytes follow its end');
      }
    }
    if (stream.readableEnded) return;
    const error = await settled(stream, () => stream.end());
    yield* unpacked.splice(0);
    if (error !== null) throw faultOf(error);
  } finally {
    stream.destroy();
  }
}

/**
 * Waits until an action is done, or the stream ends or fails: a write that fails never calls back, nor does one with
 * padding behind the last member.
 */
function settled(
  stream: EventEmitter,
  start: (done: (error?: Error | null) => void) => unknown,
): Promise<Error | null> {
  return new Promise((resolve) => {
    const settle = (error?: Error | null): void => {
      stream.off('error', settle).off('end', settle);
      resolve(error ?? null);
    };
    stream.once('error', settle).once('end', settle);
    start(settle);
  });
}

async function* pieces(chunks: ByteChunks): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += INPUT_PIECE_BYTES) {
      yield chunk.subarray(start, start + INPUT_PIECE_BYTES);
    }
  }
}

function faultOf(error: Error): SourceFault {
  return systemErrorCode(error) === 'Z_BUF_ERROR'
    ? new SourceFault('ARCHIVE_TRUNCATED', 'Cannot unpack the gzip to its end: it is cut off', {
        cause: error,
      })
    : new SourceFault('ARCHIVE_CORRUPT', `Cannot unpack the gzip: ${error.message}`, { cause: error });
}
