import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { unixMsFromMjdTai } from '../../core/index.ts';
import type { MjdTai } from '../../core/index.ts';

/** Packets are noise for the most part: more effort gains little and costs much. */
const COMPRESSION_LEVEL = 1;
/** Offset of the operating-system byte in a gzip header. @source RFC 1952, section 2.3 */
const GZIP_SYSTEM_BYTE = 9;

export interface ArchiveMember {
  readonly memberName: string;
  readonly bytes: Buffer;
  readonly mjdTai: MjdTai;
}

/**
 * Writes a tar archive, gzipped unless its name ends in `.tar`, member by member as they come. The bytes depend on the
 * members alone: times are those of the exposures, owners and systems are not told.
 *
 * @throws system errors of the file
 */
export async function writePacketArchive(options: {
  readonly file: string;
  readonly isGzipped: boolean;
  readonly members: AsyncIterable<ArchiveMember>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { file, isGzipped, members, signal } = options;
  const target = createWriteStream(file, { flush: true });
  if (isGzipped) {
    const gzip = createGzip({ level: COMPRESSION_LEVEL });
    await pipeline(tarBytes(members), gzip, systemlessGzip, target, { signal });
  } else {
    await pipeline(tarBytes(members), target, { signal });
  }
}

/** The archive's bytes, made as they are asked for. */
async function* tarBytes(members: AsyncIterable<ArchiveMember>): AsyncGenerator<Buffer> {
  const tar = pack();
  const feeding = feed(tar, members);
  // Whoever awaits it may come too late: the stream itself carries the error.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of tar as AsyncIterable<Buffer>) yield chunk;
    await feeding;
  } finally {
    tar.destroy();
  }
}

async function feed(tar: Pack, members: AsyncIterable<ArchiveMember>): Promise<void> {
  try {
    for await (const member of members) await addMember(tar, member);
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function addMember(tar: Pack, { memberName, bytes, mjdTai }: ArchiveMember): Promise<void> {
  const mtime = new Date(Math.floor(unixMsFromMjdTai(mjdTai) / 1000) * 1000);
  return new Promise((resolve, reject) => {
    tar.entry({ name: memberName, size: bytes.length, mtime, mode: 0o644 }, bytes, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}

/** Overwrites the system in a gzip header by "unknown", so that every system writes the same bytes. */
async function* systemlessGzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length <= GZIP_SYSTEM_BYTE) continue;
    head[GZIP_SYSTEM_BYTE] = 0xff;
    yield head;
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}
