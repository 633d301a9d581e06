import { createHash } from 'node:crypto';
import type { ArchivePosition } from '../../core/index.ts';
import type {
  DecodedPacket,
  MessageDecoder,
  MessageFormat,
  PacketDecoder,
  TopicMessage,
} from '../../streams/index.ts';
import type { StoredLetter } from './stored-letter.ts';

/** True if bytes are the packet that a letter is about. */
export function isPacketOf(bytes: Buffer, letter: Pick<StoredLetter, 'sha256'>): boolean {
  return createHash('sha256').update(bytes).digest('hex') === letter.sha256;
}

/**
 * What a letter's packet is today, read as the file that it came from: one packet, or several where what could not be
 * read as one before can be now. Their positions are the packet's own, with the letter as the place from which it came
 * again.
 */
export async function* packetsOfFileLetter(
  letter: StoredLetter,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  const { bytes, source, place } = letter;
  if (bytes === null || !('file' in source) || !('file' in place)) return;
  const { retry: _before, index, ...file } = source;
  for await (const packet of decoder.decodeBlob({ ...file, bytes })) {
    // A position without a topic has the number of its record.
    const number = 'file' in packet.source ? packet.source.index : 0;
    yield placedAt(packet, { ...file, index: index + number, retry: place });
  }
}

function placedAt(packet: DecodedPacket, source: ArchivePosition): DecodedPacket {
  const { result, byteLength } = packet;
  const placed = result.ok ? { ok: true as const, value: { ...result.value, source } } : result;
  return { source, result: placed, byteLength, original: () => packet.original() };
}

/** The packets of a letter from a topic, decoded as the message that it was. */
export function packetsOfMessageLetter(
  letter: StoredLetter,
  bytes: Buffer,
  decoding: { readonly decoder: MessageDecoder; readonly format: MessageFormat },
): Promise<readonly DecodedPacket[]> {
  const { source } = letter;
  const place = 'topic' in source ? source : { topic: source.file, partition: 0, offset: 0n };
  const message: TopicMessage = {
    topic: place.topic,
    partition: place.partition,
    offset: place.offset,
    timestampMs: letter.atMs ?? 0,
    key: null,
    value: bytes,
    headers: new Map(),
  };
  return decoding.decoder.packets(message, decoding.format);
}

/**
 * The packet that a letter is about, in the message that it came in: all of it, or one of several.
 *
 * @returns `null` if the message does not hold it
 */
export async function packetInMessage(
  letter: StoredLetter,
  message: TopicMessage,
  decoding: { readonly decoder: MessageDecoder; readonly format: MessageFormat },
): Promise<Buffer | null> {
  if (message.value !== null && isPacketOf(message.value, letter)) return message.value;
  if (letter.source.index === undefined) return null;
  for (const packet of await decoding.decoder.packets(message, decoding.format)) {
    const bytes = Buffer.from(packet.original());
    if (isPacketOf(bytes, letter)) return bytes;
  }
  return null;
}
