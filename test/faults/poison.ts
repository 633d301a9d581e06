import type { Random } from '../../core/index.ts';

const NO_SUCH_SCHEMA_ID = 999_999;

/** Ways to spoil a good message. `registry` is asked by the last, so that an outage must not make it a dead letter too early. */
const POISONS: readonly ((good: Buffer, random: Random) => Buffer | null)[] = [
  (_, random) => Buffer.from(Array.from({ length: 1 + random.below(400) }, () => random.below(256) | 0x80)),
  (good, random) => good.subarray(0, 5 + random.below(good.length - 6)),
  () => Buffer.alloc(0),
  () => null,
  () => Buffer.from('{"objectId": "not what this topic carries"}'),
  (good) => Buffer.concat([confluentHeader(NO_SUCH_SCHEMA_ID), good.subarray(5)]),
];

/** A message that is none: random, cut, empty, a tombstone, JSON, or of an unknown schema. */
export function poisoned(good: Buffer, random: Random): Buffer | null {
  return random.pick(POISONS)(good, random);
}

function confluentHeader(schemaId: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(schemaId, 1);
  return header;
}
