import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { transactionalId } from '../../../streams/kafka/transactional-id.ts';

test('transactionalId() begins with the group, and tells all partitions of all groups apart', () => {
  // Names that look like parts of the id; a group may be called anything.
  const name = fc.record({
    groupId: fc.string({ unit: fc.constantFrom('a', '-', ':', '1'), minLength: 1, maxLength: 5 }),
    topic: fc.string({ unit: fc.constantFrom('a', '-', '1', '.'), minLength: 1, maxLength: 3 }),
    partition: fc.nat({ max: 12 }),
  });
  const whole = ({ groupId, topic, partition }: Parameters<typeof transactionalId>[0]): string =>
    JSON.stringify([groupId, topic, partition]);
  fc.assert(
    fc.property(fc.array(name, { minLength: 2, maxLength: 200 }), (names) => {
      assert.ok(names.every((own) => transactionalId(own).startsWith(own.groupId)));
      assert.equal(new Set(names.map(transactionalId)).size, new Set(names.map(whole)).size);
    }),
    { seed: 1 },
  );
});
