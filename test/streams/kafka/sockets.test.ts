import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientAddress, namedAddress, splitAddress } from '../../../streams/kafka/sockets.ts';

test('clientAddress() makes of any IPv6 address a name that kafkajs can cut, and namedAddress() makes it one again', () => {
  const address = fc.ipV6().filter((host) => !host.includes('.'));
  fc.assert(
    fc.property(address, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      const broker = `[${host}]:${port}`;
      assert.deepEqual(splitAddress(broker), { host, port });
      const cut = clientAddress(broker).split(':');
      assert.equal(cut.length, 2);
      // Of what a host's name may be made.
      assert.match(cut[0] ?? '', /^[0-9a-zA-Z.-]+$/);
      assert.equal(namedAddress(cut.join(':')), broker);
    }),
    { seed: 1 },
  );
});

test('clientAddress() and namedAddress() leave other addresses as they are', () => {
  for (const broker of ['kafka-0.svc:9092', '10.0.0.1:9092', 'localhost:1']) {
    assert.equal(clientAddress(broker), broker);
    assert.equal(namedAddress(broker), broker);
  }
});
