import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { accepted, rejected, systemErrorCode } from '../../core/index.ts';
import type { Config, Result } from '../../core/index.ts';
import { tooLarge } from '../decoder.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';

const gunzipped = promisify(gunzip);

/**
 * What a message holds, without a gzip around it.
 *
 * @returns FILE_EMPTY without any, PACKET_TOO_LARGE above `packetBytesMax` or, unpacked, `blockBytesMax`;
 *   ARCHIVE_TRUNCATED or ARCHIVE_CORRUPT where a gzip is damaged
 */
export async function messageBytes(
  { value }: TopicMessage,
  { packetBytesMax, blockBytesMax }: Config['decode'],
): Promise<Result<Buffer>> {
  if (value === null) return empty('it is a tombstone, which has a key and no value');
  if (value.length === 0) return empty('it is empty');
  if (value.length > packetBytesMax) return tooLarge(value.length, packetBytesMax);
  if (value[0] !== 0x1f || value[1] !== 0x8b) return accepted(value);
  try {
    const unpacked = await gunzipped(value, { maxOutputLength: blockBytesMax });
    return unpacked.length === 0 ? empty('it is a gzip of nothing') : accepted(unpacked);
  } catch (error) {
    return gzipFault(error, blockBytesMax);
  }
}

function empty(why: string): Result<never> {
  return rejected('FILE_EMPTY', `Cannot read a message: ${why}`);
}

function gzipFault(error: unknown, bytesMax: number): Result<never> {
  switch (systemErrorCode(error)) {
    case 'ERR_BUFFER_TOO_LARGE': {
      const reason = `Cannot unpack a message as at most ${bytesMax} bytes (decode.blockBytesMax): it holds more`;
      return rejected('PACKET_TOO_LARGE', reason);
    }
    case 'Z_BUF_ERROR':
      return rejected('ARCHIVE_TRUNCATED', 'Cannot unpack a message as gzip to its end: it is cut off');
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return rejected('ARCHIVE_CORRUPT', `Cannot unpack a message as gzip: ${why}`);
    }
  }
}
