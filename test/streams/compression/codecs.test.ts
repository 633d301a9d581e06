import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Random } from '../../../core/index.ts';
import { loadLz4 } from '../../../streams/compression/lz4.ts';
import { loadSnappy } from '../../../streams/compression/snappy.ts';
import { UnpackFailure } from '../../../streams/compression/unpack-failure.ts';
import { packXerial, unpackXerial } from '../../../streams/compression/xerial.ts';
import { loadZstd } from '../../../streams/compression/zstd.ts';

const MIB = 1024 * 1024;

/** Half noise and half repetition, so that blocks of both kinds come about. */
function content(bytes: number): Buffer {
  const random = new Random('codecs');
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i % 4096 < 2048 ? random.below(256) : 7)));
}

const isTooLarge = (error: unknown): boolean => error instanceof UnpackFailure && error.isTooLarge;
const isDamage = (error: unknown): boolean => error instanceof UnpackFailure && !error.isTooLarge;

const CODECS = {
  zstd: {
    pack: async (bytes: Buffer) => (await loadZstd()).pack(bytes),
    unpack: async (bytes: Buffer, max: number) => (await loadZstd()).unpack(bytes, max),
  },
  lz4: {
    pack: async (bytes: Buffer) => (await loadLz4()).pack(bytes),
    unpack: async (bytes: Buffer, max: number) => (await loadLz4()).unpack(bytes, max),
  },
  xerial: {
    pack: async (bytes: Buffer) => packXerial(await loadSnappy(), bytes),
    unpack: async (bytes: Buffer, max: number) => unpackXerial(await loadSnappy(), bytes, max),
  },
} as const;

for (const [name, { pack, unpack }] of Object.entries(CODECS)) {
  void suite(name, () => {
    void test('unpack() gives back what pack() took, of any length', async () => {
      for (const bytes of [0, 1, 100, 65_536, 65_537, 300_000]) {
        const original = content(bytes);
        const packed = await pack(original);
        assert.deepEqual(await unpack(packed, MIB), original, `${bytes} bytes`);
        assert.deepEqual(await unpack(packed, Math.max(bytes, 1)), original, `${bytes} bytes, no more room`);
        if (bytes > 1)
          await assert.rejects(unpack(packed, bytes - 1), isTooLarge, `${bytes} bytes, less room`);
      }
    });

    void test('unpack() refuses a bomb before it takes memory for it', async () => {
      const bomb = await pack(Buffer.alloc(64 * MIB));
      assert.ok(bomb.length < 4 * MIB);
      const before = process.memoryUsage().rss;
      await assert.rejects(unpack(bomb, MIB), isTooLarge);
      assert.ok(process.memoryUsage().rss - before < 16 * MIB);
    });

    void test('unpack() calls every cut damage', async () => {
      const packed = await pack(content(20_000));
      for (let length = 0; length < packed.length; length += 97) {
        await assert.rejects(unpack(packed.subarray(0, length), MIB), isDamage, `${length} bytes`);
      }
    });

    void test('unpack() gives some bytes or says damage for every flipped byte', async () => {
      const packed = await pack(content(3000));
      const random = new Random('flips');
      for (let i = 0; i < packed.length; i += 5) {
        const damaged = Buffer.from(packed);
        damaged.writeUInt8(random.below(256), i);
        try {
          assert.ok((await unpack(damaged, MIB)).length <= MIB);
        } catch (error) {
          assert.ok(error instanceof UnpackFailure, `byte ${i}: ${String(error)}`);
        }
      }
    });
  });
}

void suite('zstd', () => {
  void test('unpack() reads frames one behind another, with a skippable one between them', async () => {
    const zstd = await loadZstd();
    const skippable = Buffer.from('502a4d1803000000abcdef', 'hex');
    const packed = Buffer.concat([zstd.pack(content(1000)), skippable, zstd.pack(content(70_000))]);
    assert.deepEqual(zstd.unpack(packed, MIB), Buffer.concat([content(1000), content(70_000)]));
    assert.throws(() => zstd.unpack(packed, 70_999), isTooLarge);
  });

  void test('unpack() reads a frame that does not tell the size of its content', async () => {
    const zstd = await loadZstd();
    assert.equal(zstd.unpack(unknownSizeFrame(), MIB).length, 300_000);
    assert.throws(() => zstd.unpack(unknownSizeFrame(), 1000), isTooLarge);
    assert.throws(() => zstd.unpack(unknownSizeFrame().subarray(0, 9), MIB), isDamage);
  });
});

/** A frame by hand, after RFC 8878: a window of 128 KiB, no content size, three blocks of one repeated byte. */
function unknownSizeFrame(): Buffer {
  const header = Buffer.from('28b52ffd0038', 'hex');
  const block = (size: number, isLast: boolean): Buffer => {
    const bytes = Buffer.alloc(4, 0x5a);
    bytes.writeUIntLE((size << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3);
    return bytes;
  };
  return Buffer.concat([header, block(131_072, false), block(131_072, false), block(37_856, true)]);
}

void suite('snappy', () => {
  void test('unpackXerial() reads one raw block, and streams one behind another', async () => {
    const snappy = await loadSnappy();
    assert.deepEqual(await unpackXerial(snappy, await snappy.pack(content(500)), MIB), content(500));
    const twice = Buffer.concat([
      await packXerial(snappy, content(500)),
      await packXerial(snappy, content(40_000)),
    ]);
    assert.deepEqual(await unpackXerial(snappy, twice, MIB), Buffer.concat([content(500), content(40_000)]));
  });
});
