import { createHash } from 'node:crypto';
import type { Rejection, SourcePosition } from '../core/index.ts';

/** A packet that could not be used: enough to explain it and to replay it after a fix. */
export interface DeadLetter extends Rejection {
  readonly source: SourcePosition;
  readonly byteLength: number;
  readonly sha256: string;
  /** The packet's own bytes. */
  readonly bytes: Uint8Array;
}

/** A dead letter as a line of `dead-letters.jsonl` or `too-late.jsonl`, and as a JSON message, has it. */
export type DeadLetterLine = Omit<DeadLetter, 'bytes'> & { readonly bytesBase64: string };

/** @param bytes what `DecodedPacket.original()` gives */
export function deadLetter(rejection: Rejection, source: SourcePosition, bytes: Uint8Array): DeadLetter {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    code: rejection.code,
    reason: rejection.reason,
    source,
    byteLength: bytes.byteLength,
    sha256,
    bytes,
  };
}

export function deadLetterLine({ bytes, ...letter }: DeadLetter): DeadLetterLine {
  const bytesBase64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return { ...letter, bytesBase64 };
}
