import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeOwner } from './fake-owner.ts';

test('PartitionOwner.receiveEmpty() passes over what begins at the position', async () => {
  const { owner, fetches, running } = fakeOwner(100n);
  await running();
  owner.receiveEmpty({ firstOffset: 100n, nextOffset: 103n });
  assert.equal(owner.position, 103n);
  owner.receiveEmpty({ firstOffset: null, nextOffset: 104n });
  assert.equal(owner.position, 104n);
  assert.deepEqual(fetches, [100n]);
  owner.revoke();
  await owner.ended;
});

test('PartitionOwner.receiveEmpty() sets a consumer back that was fetching beyond the position', async () => {
  for (const firstOffset of [500n, null]) {
    const { owner, fetches, running } = fakeOwner(100n);
    await running();
    owner.receiveEmpty({ firstOffset, nextOffset: 501n });
    assert.equal(owner.position, 100n);
    await new Promise(setImmediate);
    assert.deepEqual(fetches, [100n, 100n]);
    // A gap that compaction has left is there again.
    owner.receiveEmpty({ firstOffset, nextOffset: 501n });
    assert.equal(owner.position, 501n);
    owner.revoke();
    await owner.ended;
  }
});
