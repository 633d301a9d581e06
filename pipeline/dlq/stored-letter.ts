import { z } from 'zod';
import { positionText } from '../../core/index.ts';
import type { RetryPosition, SourcePosition } from '../../core/index.ts';
import { sourceOfFlat } from '../outputs/source-schema.ts';

/** A dead letter as it lies in a file or a topic. */
export interface StoredLetter {
  /** Where the letter itself lies. */
  readonly place: RetryPosition;
  /** When it was written, ms since 1970 UTC; `null` in files, which do not say. */
  readonly atMs: number | null;
  /** One of ours, unless another version of the program wrote it. */
  readonly code: string;
  readonly reason: string;
  /** Where the packet lies. */
  readonly source: SourcePosition;
  readonly byteLength: number;
  readonly sha256: string;
  /** The packet; `null` where it was left out. */
  readonly bytes: Buffer | null;
}

export type LetterPlace = Pick<StoredLetter, 'place' | 'atMs'>;

const count = z.int().nonnegative();
const offset = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt);
const messagePlace = z.object({ topic: z.string().min(1), partition: count, offset });
const linePlace = z.object({ file: z.string().min(1), index: count });
const retry = z.union([messagePlace, linePlace]).exactOptional();
const sourceSchema = z.union([
  messagePlace.extend({ index: count.exactOptional(), retry }),
  linePlace.extend({ member: z.string().exactOptional(), memberIndex: count.exactOptional(), retry }),
]);
const commonFields = {
  code: z.string().min(1),
  reason: z.string(),
  byteLength: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
};
const lineSchema = z.object({ ...commonFields, source: sourceSchema, bytesBase64: z.string().nullable() });
const recordSchema = z.object({ ...commonFields, bytes: z.instanceof(Uint8Array).nullable() });

/** A letter that is JSON: a line of `dead-letters.jsonl`, or a message; `null` for anything else. */
export function letterOfJson(text: string, at: LetterPlace): StoredLetter | null {
  const parsed = lineSchema.safeParse(parsedJson(text));
  if (!parsed.success) return null;
  const { bytesBase64, ...letter } = parsed.data;
  return { ...at, ...letter, bytes: bytesBase64 === null ? null : Buffer.from(bytesBase64, 'base64') };
}

/** A letter that was read by `DEAD_LETTER_FIELDS`; `null` for anything else. */
export function letterOfAvro(
  record: Readonly<Record<string, unknown>>,
  at: LetterPlace,
): StoredLetter | null {
  const parsed = recordSchema.safeParse({ bytes: null, ...record });
  const source = sourceOfFlat(record['source']);
  if (!parsed.success || source === null) return null;
  const { bytes, ...letter } = parsed.data;
  const view = bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { ...at, ...letter, source, bytes: view };
}

/** True for a letter that a position names: that of its packet, or its own. */
export function isAt(letter: Pick<StoredLetter, 'place' | 'source'>, position: string): boolean {
  return positionText(letter.source) === position || positionText(letter.place) === position;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
