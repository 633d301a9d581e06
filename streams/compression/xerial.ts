import type { Snappy } from './snappy.ts';
import { snappyContentSize } from './snappy.ts';
import { checkUnpackedSize, UnpackFailure } from './unpack-failure.ts';

/** `\x82SNAPPY\0`, version 1, readable from version 1. */
const HEADER = Buffer.from('82534e415050590000000001' + '00000001', 'hex');
const MAGIC_BYTES = 8;

/** Content of one block, as the Java library cuts it, bytes. */
const CHUNK_BYTES = 32 * 1024;

/** Packs as Java's Kafka clients read it: raw snappy blocks, each after its length, behind a header. */
export async function packXerial(snappy: Snappy, content: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const block = await snappy.pack(content.subarray(at, at + CHUNK_BYTES));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/**
 * Unpacks what `packXerial` or Java wrote, also several such streams one behind another, or one raw snappy block, which
 * other clients write.
 *
 * @source SnappyOutputStream of https://github.com/xerial/snappy-java, the format alone
 * @throws UnpackFailure
 */
export async function unpackXerial(snappy: Snappy, packed: Buffer, bytesMax: number): Promise<Buffer> {
  if (!isHeader(packed, 0)) return snappy.unpack(packed, bytesMax);
  const blocks = blocksOf(packed);
  checkUnpackedSize(
    blocks.reduce((sum, block) => sum + snappyContentSize(block), 0),
    bytesMax,
  );
  const contents: Buffer[] = [];
  for (const block of blocks) contents.push(await snappy.unpack(block, bytesMax));
  return Buffer.concat(contents);
}

function blocksOf(packed: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = [];
  let at = HEADER.length;
  while (at < packed.length) {
    if (isHeader(packed, at)) {
      at += HEADER.length;
      continue;
    }
    if (at + 4 > packed.length) throw new UnpackFailure('a snappy stream ends within a length');
    const size = packed.readInt32BE(at);
    const end = at + 4 + size;
    if (size <= 0 || end > packed.length) throw new UnpackFailure('a snappy stream ends within a block');
    blocks.push(packed.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

function isHeader(packed: Buffer, at: number): boolean {
  const magic = HEADER.subarray(0, MAGIC_BYTES);
  return packed.length >= at + HEADER.length && packed.subarray(at, at + MAGIC_BYTES).equals(magic);
}
