import { z } from 'zod';
import type { ArchivePosition, RetryPosition, SourcePosition, TopicPosition } from '../../core/index.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';

/** Header of dead letters, of too-late packets and of packets tried again: where the packet was first read, as JSON. */
export const SOURCE_HEADER = 'nightjar-source';

/** A longer header is none of ours: a position has two paths at most. */
const HEADER_BYTES_MAX = 16 * 1024;

const OFFSET_MAX = 2n ** 63n - 1n;
const count = z.int().nonnegative();
const positionSchema = z.union([
  z.strictObject({
    topic: z.string().min(1).max(249),
    partition: count,
    offset: z.string().refine((text) => /^\d{1,19}$/.test(text) && BigInt(text) <= OFFSET_MAX),
    index: count.optional(),
  }),
  z.strictObject({
    file: z.string().min(1),
    member: z.string().optional(),
    memberIndex: count.optional(),
    index: count,
  }),
]);

/**
 * The headers that keep a packet's provenance: its first position. Where it was tried again before is left out, since
 * the message that they are of is the next trial.
 */
export function retryHeaders(source: SourcePosition): Readonly<Record<string, string>> {
  const first = 'topic' in source ? { ...source, offset: String(source.offset) } : source;
  return { [SOURCE_HEADER]: JSON.stringify({ ...first, retry: undefined }) };
}

/**
 * Position of what a message holds: the message's own; of one with provenance headers the first position, and the
 * message as the place from which it came again. Headers that cannot be read are as none.
 */
export function originOf(message: TopicMessage): SourcePosition {
  const retry: TopicPosition & RetryPosition = {
    topic: message.topic,
    partition: message.partition,
    offset: message.offset,
  };
  const first = firstPosition(message.headers.get(SOURCE_HEADER));
  return first === null ? retry : { ...first, retry };
}

function firstPosition(header: Buffer | undefined): TopicPosition | ArchivePosition | null {
  if (header === undefined || header.length > HEADER_BYTES_MAX) return null;
  const parsed = positionSchema.safeParse(jsonOf(header));
  if (!parsed.success) return null;
  const position = parsed.data;
  if ('file' in position) {
    const { file, member, memberIndex, index } = position;
    return {
      file,
      index,
      ...(member === undefined ? {} : { member }),
      ...(memberIndex === undefined ? {} : { memberIndex }),
    };
  }
  const { topic, partition, offset, index } = position;
  return { topic, partition, offset: BigInt(offset), ...(index === undefined ? {} : { index }) };
}

function jsonOf(header: Buffer): unknown {
  try {
    return JSON.parse(header.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
