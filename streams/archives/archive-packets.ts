import { createReadStream } from 'node:fs';
import { rejected } from '../../core/index.ts';
import type { PacketPlace, Rejection, SourcePosition } from '../../core/index.ts';
import { ByteReader, SourceFault } from '../avro/byte-reader.ts';
import type { PacketDecoder } from '../decoder.ts';
import type { DecodedPacket } from '../packet.ts';
import { HEAD_BYTES, archiveFormat } from './formats.ts';
import { gunzip } from './gunzip.ts';
import { isPacketFileName, isSideFile, unreadable } from './inputs.ts';
import { tarMembers } from './tar-members.ts';
import type { TarMember } from './tar-members.ts';

const READ_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * The packets of one file, in the order in which they lie in it: an Avro file, Confluent messages, a tar of
 * such, any of them gzipped. What it is, its bytes tell. Nothing is unpacked to disk, and of the file only a
 * window is in memory.
 *
 * @throws PipelineError INPUT_UNREADABLE
 */
export async function* archivePackets(
  file: string,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  const reader = new ByteReader(NO_BYTES, fileChunks(file));
  try {
    yield* packetsOf(reader, { file }, decoder);
  } finally {
    await reader.close();
  }
}

async function* fileChunks(file: string): AsyncGenerator<Uint8Array, void> {
  const stream = createReadStream(file, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    throw unreadable(file, cause);
  } finally {
    stream.destroy();
  }
}

/** Packets of a file or member, gzipped or not. */
async function* packetsOf(
  reader: ByteReader,
  place: PacketPlace,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  await reader.fill(HEAD_BYTES);
  const format = archiveFormat(reader.peek());
  if (format === 'gzip') {
    const inner = new ByteReader(NO_BYTES, gunzip(reader.rest()));
    try {
      await inner.fill(HEAD_BYTES);
      yield* unpackedPacketsOf(inner, place, decoder);
    } finally {
      await inner.close();
    }
  } else yield* unpackedPacketsOf(reader, place, decoder);
}

async function* unpackedPacketsOf(
  reader: ByteReader,
  place: PacketPlace,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  if (archiveFormat(reader.peek()) === 'tar') yield* tarPackets(reader, place, decoder);
  else yield* decoder.decodeBlob({ ...place, bytes: reader.rest() });
}

async function* tarPackets(
  reader: ByteReader,
  place: PacketPlace,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  if (place.member !== undefined) {
    const reason = 'Cannot read a member of an archive as packets: it is an archive itself';
    yield faultPacket({ ...place, index: 0 }, rejected('FORMAT_UNKNOWN', reason).rejection);
    return;
  }
  try {
    let memberIndex = 0;
    for await (const member of tarMembers(reader.rest())) {
      yield* memberPackets(member, { file: place.file, member: member.name, memberIndex }, decoder);
      memberIndex++;
    }
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    yield faultPacket({ file: place.file, index: 0 }, { code: error.code, reason: error.message });
  }
}

async function* memberPackets(
  member: TarMember,
  place: PacketPlace,
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  if (isSideFile(member.name)) return;
  const reader = new ByteReader(NO_BYTES, member.bytes);
  await reader.fill(HEAD_BYTES);
  if (isPacketFileName(member.name) || archiveFormat(reader.peek()) !== 'unknown') {
    yield* packetsOf(reader, place, decoder);
  }
  await reader.close();
}

function faultPacket(source: SourcePosition, rejection: Rejection): DecodedPacket {
  return { source, result: { ok: false, rejection }, byteLength: 0, original: () => NO_BYTES };
}
