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
 * Unpacks gzip, piece by piece. All that comes before damage is given, and then the fault is thrown: a piped
 * stream would drop what it has in its buffers.
 *
 * @throws SourceFault ARCHIVE_TRUNCATED or ARCHIVE_CORRUPT
 */
export async function* gunzip(chunks: ByteChunks): AsyncGenerator<Uint8Array, void> {
  const stream = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES });
  const unpacked: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => unpacked.push(chunk));
  // Errors are taken from `settled`; without a listener one would end the process.
  stream.on('error', () => undefined);
  try {
    for await (const piece of pieces(chunks)) {
      const error = await settled(stream, (done) => stream.write(piece, done));
      yield* unpacked.splice(0);
      if (error !== null) throw faultOf(error);
    }
    const error = await settled(stream, (done) => stream.once('end', done).end());
    yield* unpacked.splice(0);
    if (error !== null) throw faultOf(error);
  } finally {
    stream.destroy();
  }
}

/** Waits until an action is done or the stream fails: a write that fails never calls back. */
function settled(
  stream: EventEmitter,
  start: (done: (error?: Error | null) => void) => unknown,
): Promise<Error | null> {
  return new Promise((resolve) => {
    stream.once('error', resolve);
    start((error) => {
      stream.off('error', resolve);
      resolve(error ?? null);
    });
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
