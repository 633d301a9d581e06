import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumbersDone } from '../../../pipeline/replay/numbers-done.ts';

test('NumbersDone counts up while numbers come in order', () => {
  const done = new NumbersDone({ upTo: 2, beyond: [] });
  done.add(3);
  done.add(4);
  assert.deepEqual(done.report(), { upTo: 4, beyond: [] });
});

test('NumbersDone keeps numbers beyond a gap until it closes', () => {
  const done = new NumbersDone({ upTo: 2, beyond: [5] });
  done.add(7);
  assert.deepEqual(done.report(), { upTo: 2, beyond: [5, 7] });
  assert.deepEqual(
    [1, 2, 3, 5, 6, 7].map((number) => done.has(number)),
    [true, true, false, true, false, true],
  );
  done.add(3);
  done.add(4);
  assert.deepEqual(done.report(), { upTo: 5, beyond: [7] });
  done.closeGaps();
  assert.deepEqual(done.report(), { upTo: 7, beyond: [] });
});

test('NumbersDone has what was added, in any order and cut at any point', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 })), fc.nat(40), (numbers, cut) => {
      const before = new NumbersDone({ upTo: 0, beyond: [] });
      for (const number of numbers.slice(0, cut)) before.add(number);
      const done = new NumbersDone(before.report());
      for (const number of numbers.slice(cut)) done.add(number);
      for (let number = 1; number <= 30; number++) assert.equal(done.has(number), numbers.includes(number));
    }),
    { seed: 1 },
  );
});
