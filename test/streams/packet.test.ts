import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, rejected } from '../../core/index.ts';
import { heldBytes } from '../../streams/index.ts';
import type { DecodedPacket } from '../../streams/index.ts';
import { alertOf } from './windows/alerts.ts';

function packet(result: DecodedPacket['result']): DecodedPacket {
  return { source: { file: 'x', index: 0 }, result, byteLength: 1000, original: () => new Uint8Array() };
}

test('heldBytes() is the size of a rejected packet, and grows with the points of an alert', () => {
  assert.equal(heldBytes(packet(rejected('AVRO_CORRUPT', 'Cannot'))), 1000);
  const history = Array.from({ length: 99 }, (_, i) => ({ mjd: 59_000 + i }));
  const [few, many] = [alertOf({ mjd: 60_000 }), alertOf({ mjd: 60_000, history })];
  assert.equal(heldBytes(packet(accepted(many))) - 1000, 100 * (heldBytes(packet(accepted(few))) - 1000));
  // A point is an object of six fields of 8 bytes with its header, before what the fields refer to.
  assert.ok(heldBytes(packet(accepted(few))) >= 1000 + 6 * 8 + 24);
});
