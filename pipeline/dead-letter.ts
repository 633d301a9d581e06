import { createHash } from 'node:crypto';
import type { Rejection, SourcePosition } from '../core/index.ts';

/** One line of `dead-letters.jsonl` or `too-late.jsonl`: enough to explain a packet and to replay it after a fix. */
export interface DeadLetter extends Rejection {
  readonly source: SourcePosition;
  readonly byteLength: number;
  readonly sha256: string;
  /** The packet's own bytes. */
  readonly bytesBase64: string;
}

/** @param bytes what `DecodedPacket.original()` gives */
export function deadLetter(rejection: Rejection, source: SourcePosition, bytes: Uint8Array): DeadLetter {
  return {
    code: rejection.code,
    reason: rejection.reason,
    source,
    byteLength: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytesBase64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  };
}
