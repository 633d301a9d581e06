import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../model/index.ts';
import type { Value } from '../../../model/index.ts';
import { modalityPairs, withoutAbsent } from '../../../model/losses/modalities.ts';
import type { EncodedModality } from '../../../model/losses/modalities.ts';

function modalities(
  keys: readonly string[],
  widthOf: (i: number) => number = () => 4,
): readonly EncodedModality[] {
  const g = new GraphBuilder('keys');
  return keys.map((key, i) => ({
    key,
    projection: g.input(`x${i}`, 'float32', ['batch', widthOf(i)]),
    present: null,
  }));
}

const NAMES: readonly (readonly [string, string])[] = [
  ['ps', 'ps'],
  ['psm', 'ps sm mp'],
  ['psmc', 'ps sm mc cp pm sc'],
  ['abcde', 'ab bc cd de ea ac bd ce da eb'],
];
for (const [keys, want] of NAMES) {
  test(`modalityPairs() of ${keys.length} go around the circle, neighbours first`, () => {
    assert.equal(
      modalityPairs(modalities(keys.split('')))
        .map(({ name }) => name)
        .join(' '),
      want,
    );
  });
}

test('modalityPairs() refuses what does not make pairs, and says why', () => {
  assert.throws(() => modalityPairs(modalities(['p'])), /at least 2 are needed: current value is 1$/);
  assert.throws(() => modalityPairs(modalities(['p', ''])), /keys must not be empty: current value is "p"$/);
  assert.throws(
    () => modalityPairs(modalities(['p', 'p', 'p'])),
    /must be unique: current value is pp, pp, pp$/,
  );
  assert.throws(
    () => modalityPairs(modalities(['p', 's'], (i) => 4 + i)),
    /must be \[batch, dimensions\]: current value is \[batch, 4\] and \[batch, 5\]$/,
  );
});

test('withoutAbsent() writes nothing where all are present', () => {
  const g = new GraphBuilder('present');
  const projection: Value = g.input('x', 'float32', ['batch', 2]);
  assert.equal(withoutAbsent(g, { key: 'p', projection, present: null }).projection, projection);
  assert.equal(g.nodes.length, 0);
});
