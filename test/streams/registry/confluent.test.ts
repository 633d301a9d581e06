import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confluentSchemaId, isFramedMessages } from '../../../streams/registry/confluent.ts';

function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(message.length);
      return [prefix, message];
    }),
  );
}

const MESSAGE = Buffer.from([0, 0, 0, 3, 232, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

test('confluentSchemaId() is the big-endian id after a zero byte', () => {
  assert.equal(confluentSchemaId(MESSAGE), 1000);
  assert.equal(confluentSchemaId(Buffer.from([0, 255, 255, 255, 255])), 4_294_967_295);
  assert.equal(confluentSchemaId(Buffer.from([1, 0, 0, 3, 232])), null);
  assert.equal(confluentSchemaId(Buffer.from([0, 0, 0, 3])), null);
});

test('isFramedMessages() tells several messages from one, whatever its id', () => {
  assert.ok(isFramedMessages(framed(MESSAGE), true));
  assert.ok(isFramedMessages(framed(MESSAGE, MESSAGE), true));
  assert.ok(isFramedMessages(framed(MESSAGE, MESSAGE).subarray(0, MESSAGE.length + 6), true));
  assert.ok(isFramedMessages(framed(Buffer.alloc(1000)).subarray(0, 500), false));
  for (const wireId of [0, 7, 255, 256, 1000, 1024, 1280, 65_536, 100_000, 2 ** 31]) {
    const message = Buffer.alloc(300, 0x5a);
    message[0] = 0;
    message.writeUInt32BE(wireId, 1);
    assert.ok(!isFramedMessages(message, true), `${wireId}`);
  }
  assert.ok(!isFramedMessages(Buffer.alloc(0), true));
});
