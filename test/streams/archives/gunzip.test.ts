import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gunzip } from '../../../streams/archives/gunzip.ts';
import { SourceFault } from '../../../streams/avro/byte-reader.ts';
import { inPieces } from '../../helpers/test-packets.ts';

const TEXT = 'not of this night '.repeat(500);
const WHOLE = gzipSync(TEXT);

/** What is unpacked, and the code of the fault that ends it. */
async function unpacked(bytes: Buffer, pieceBytes: number): Promise<readonly [text: string, code: string]> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of gunzip(inPieces(bytes, pieceBytes))) chunks.push(chunk);
    return [Buffer.concat(chunks).toString(), 'whole'];
  } catch (error) {
    assert.ok(error instanceof SourceFault);
    return [Buffer.concat(chunks).toString(), error.code];
  }
}

test('gunzip() gives all members, wherever the pieces are cut', async () => {
  for (const pieceBytes of [1, 7, WHOLE.length, WHOLE.length + 1, 100_000]) {
    const two = Buffer.concat([WHOLE, WHOLE]);
    assert.deepEqual(await unpacked(two, pieceBytes), [TEXT + TEXT, 'whole'], `pieces of ${pieceBytes}`);
  }
});

test('gunzip() passes over zeros after the last member', async () => {
  for (const padding of [1, 512, 40_000]) {
    for (const pieceBytes of [100, WHOLE.length, WHOLE.length + 1, 100_000]) {
      const padded = Buffer.concat([WHOLE, Buffer.alloc(padding)]);
      const label = `${padding} zeros in pieces of ${pieceBytes}`;
      assert.deepEqual(await unpacked(padded, pieceBytes), [TEXT, 'whole'], label);
    }
  }
});

test('gunzip() tells other bytes after the padding, having given what came before it', async () => {
  for (const pieceBytes of [100, 100_000]) {
    const followed = Buffer.concat([WHOLE, Buffer.alloc(512), WHOLE]);
    assert.deepEqual(await unpacked(followed, pieceBytes), [TEXT, 'ARCHIVE_CORRUPT']);
  }
});

test('gunzip() tells an empty or cut file, having given what came before the cut', async () => {
  assert.deepEqual(await unpacked(Buffer.alloc(0), 100), ['', 'ARCHIVE_TRUNCATED']);
  const [text, code] = await unpacked(WHOLE.subarray(0, -1), 100);
  assert.deepEqual([text, code], [TEXT, 'ARCHIVE_TRUNCATED']);
});
