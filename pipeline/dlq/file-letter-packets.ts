import type { ArchivePosition, PacketPlace } from '../../core/index.ts';
import type { DecodedPacket, PacketDecoder } from '../../streams/index.ts';
import type { StoredLetter } from './stored-letter.ts';

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
  const { index } = source;
  const file = placeOf(source);
  for await (const packet of decoder.decodeBlob({ ...file, bytes })) {
    // A position without a topic has the number of its record.
    const number = 'file' in packet.source ? packet.source.index : 0;
    yield placedAt(packet, { ...file, index: index + number, retry: place });
  }
}

function placeOf({ file, member, memberIndex }: ArchivePosition): PacketPlace {
  return {
    file,
    ...(member === undefined ? {} : { member }),
    ...(memberIndex === undefined ? {} : { memberIndex }),
  };
}

function placedAt(packet: DecodedPacket, source: ArchivePosition): DecodedPacket {
  const { result, byteLength } = packet;
  const placed = result.ok ? { ok: true as const, value: { ...result.value, source } } : result;
  return { source, result: placed, byteLength, original: () => packet.original() };
}
