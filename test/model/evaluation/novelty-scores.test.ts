import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combinedNovelty } from '../../../model/evaluation/combined-novelty.ts';
import {
  classCentredQuantiles,
  combinedQuantiles,
  frozenQuantiles,
} from '../../../model/evaluation/frozen-quantiles.ts';
import {
  cosineDistances,
  energies,
  featureDistances,
  leaveOneOut,
  neighbourDoubts,
  uncertainties,
} from '../../../model/evaluation/novelty-scores.ts';
import { noveltyReport } from '../../../model/evaluation/novelty-report.ts';

test('uncertainties() and energies() are those of the softmax, unknown classes left out', () => {
  const logits = Float64Array.of(0, 0, -Infinity, Math.log(3), 0, -Infinity, 1000, 0, -Infinity);
  const near = (value: number | undefined, expected: number): void => {
    assert.ok(Math.abs((value ?? NaN) - expected) < 1e-12, `${value} for ${expected}`);
  };
  const [even, sure, certain] = uncertainties(logits, 3);
  near(even, 0.5);
  near(sure, 0.25);
  near(certain, 0);
  const [first, second, third] = energies(logits, 3);
  near(first, -Math.log(2));
  near(second, -Math.log(4));
  near(third, -1000);
});

test('cosineDistances() is 0 at a training object, 1 at right angles, and leaves an object out of its own', () => {
  const training = { width: 2, data: Float32Array.of(1, 0, 2, 0) };
  const distances = cosineDistances({
    training,
    queries: { width: 2, data: Float32Array.of(3, 0, 0, 1, -1, 0) },
  });
  assert.deepEqual([...distances], [0, 1, 2]);
  assert.deepEqual([...leaveOneOut(cosineDistances, training)], [0, 0]);
  const lone = { width: 2, data: Float32Array.of(1, 0) };
  assert.deepEqual([...leaveOneOut(cosineDistances, lone)], [1]);
});

test('neighbourDoubts() is high where the nearest are of several classes, and for ties where they are far', () => {
  // Of 40 training objects the nearest four are counted.
  const training = {
    width: 2,
    data: Float32Array.from({ length: 80 }, (_, i) => (i % 2 === (i < 8 ? 0 : 1) ? 1 : 0)),
  };
  const labelled = (...first: number[]): Int32Array =>
    Int32Array.from({ length: 40 }, (_, i) => first[i] ?? 7);
  const queries = { width: 2, data: Float32Array.of(1, 0, 1, 0.5) };
  const [mixed = NaN, further = NaN] = neighbourDoubts({ training, queries }, labelled(3, 3, 3, 5));
  assert.equal(mixed, 0.25);
  assert.ok(further > mixed && further < 0.2501);
  const [pure] = neighbourDoubts({ training, queries }, labelled(3, 3, 3, 3));
  assert.equal(pure, 0);
  const excluded = Int32Array.of(0, 1);
  const [own = NaN] = neighbourDoubts({ training, queries, excluded }, labelled(3, 3, 3, 5));
  // One of the four is now of the far ones.
  assert.ok(own >= 0.5 && own < 0.51);
  const nothing = { width: 2, data: new Float32Array() };
  assert.deepEqual([...neighbourDoubts({ training: nothing, queries }, new Int32Array())], [1, 1]);
});

test('featureDistances() counts a missing feature as the mean and a constant one as nothing', () => {
  const training = { width: 3, data: Float32Array.of(-1, 5, NaN, 1, 5, NaN, -1, 5, NaN, 1, 5, NaN) };
  const queries = { width: 3, data: Float32Array.of(NaN, 5, 9, 1, NaN, NaN) };
  // From 0 to ±1; from 1 two at distance 0 and two at distance 2.
  const [missing, known] = featureDistances({ training, queries });
  assert.equal(known, 1);
  // The third feature no training object has: its own unit, clamped.
  assert.ok((missing ?? 0) >= 1 && (missing ?? 0) <= Math.sqrt(1 + 64));
});

test('frozenQuantiles() places scores among the reference, ties in the middle, whatever else is asked', () => {
  const reference = Float64Array.of(3, 1, 2, 2);
  assert.deepEqual(
    [...frozenQuantiles(reference, Float64Array.of(0, 1.5, 2, 9))].map((value) => Number(value.toFixed(3))),
    [0.1, 0.3, 0.5, 0.9],
  );
});

test('combinedQuantiles() is the mean of log odds: opposite places cancel, and a last hundredth counts', () => {
  const near = (value: number | undefined, expected: number): void => {
    assert.ok(Math.abs((value ?? NaN) - expected) < 1e-12, `${value} for ${expected}`);
  };
  const [even, same, far] = combinedQuantiles([
    Float64Array.of(0.2, 0.9, 0.999),
    Float64Array.of(0.8, 0.9, 0.5),
  ]);
  near(even, 0.5);
  near(same, 0.9);
  // The odds 999 and 1.
  near(far, Math.sqrt(999) / (1 + Math.sqrt(999)));
  assert.throws(() => combinedQuantiles([]), RangeError);
});

test('classCentredQuantiles() tells a score beside what is usual for its class, and knows little of a small one', () => {
  const classes = Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 100));
  // Class 1 is always more doubtful than class 0; class 2 nobody has seen.
  const scores = Float64Array.from({ length: 200 }, (_, i) => i);
  const [low = NaN, high = NaN, unseen = NaN] = classCentredQuantiles(
    { scores, classes },
    { scores: Float64Array.of(99.5, 99.5, 99.5), classes: Int32Array.of(0, 1, 2) },
  );
  assert.ok(low > 0.7 && high < 0.3, `${low} and ${high}`);
  assert.ok(Math.abs(low + high - 1) < 1e-9);
  assert.equal(unseen, 0.5);
  const [ofOne = NaN] = classCentredQuantiles(
    { scores: scores.subarray(0, 101), classes: classes.subarray(0, 101) },
    { scores: Float64Array.of(100), classes: Int32Array.of(1) },
  );
  // One object, ahead of the hundred others, moves its class by an eleventh of its own log odds.
  assert.ok(Math.abs(ofOne - 1 / (1 + 101 ** (-10 / 11))) < 1e-9);
});

test('combinedNovelty() is the mean log odds of doubt among all, and of each score beside its class', () => {
  const classes = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const scoresOf = (of: (i: number) => number): Float64Array =>
    Float64Array.from({ length: 40 }, (_, i) => of(i));
  const reference = {
    neighbourDoubt: scoresOf((i) => i),
    embeddingKnn: scoresOf((i) => (i % 2) * 100 + i),
    featuresKnn: scoresOf((i) => -i),
    classes,
  };
  const queries = {
    neighbourDoubt: Float64Array.of(30, 3),
    embeddingKnn: Float64Array.of(60, 130),
    featuresKnn: Float64Array.of(0, -35),
    classes: Int32Array.of(0, 1),
  };
  const logOdds = (probability: number): number => Math.log(probability / (1 - probability));
  const centred = (name: 'neighbourDoubt' | 'embeddingKnn' | 'featuresKnn', i: number): number =>
    logOdds(
      classCentredQuantiles(
        { scores: reference[name], classes },
        { scores: queries[name], classes: queries.classes },
      )[i] ?? NaN,
    );
  const among = frozenQuantiles(reference.neighbourDoubt, queries.neighbourDoubt);
  const [all, without] = [
    combinedNovelty(reference, queries),
    combinedNovelty({ ...reference, featuresKnn: null }, { ...queries, featuresKnn: null }),
  ];
  for (const i of [0, 1]) {
    const three = logOdds(among[i] ?? NaN) + centred('neighbourDoubt', i) + centred('embeddingKnn', i);
    assert.ok(Math.abs(logOdds(without[i] ?? NaN) - three / 3) < 1e-9);
    assert.ok(Math.abs(logOdds(all[i] ?? NaN) - (three + centred('featuresKnn', i)) / 4) < 1e-9);
  }
  // Between the two classes: in the middle of all, and beyond its own.
  const [between = NaN] = frozenQuantiles(reference.embeddingKnn, Float64Array.of(60));
  assert.ok(Math.abs(between - 0.5) < 0.01 && centred('embeddingKnn', 0) > 0.5);
  assert.throws(() => combinedNovelty(reference, { ...queries, featuresKnn: null }), RangeError);
  assert.throws(() => combinedNovelty(reference, { ...queries, classes: Int32Array.of(0) }), RangeError);
});

test('noveltyReport() tells new from known, and has nothing to say without one of them', () => {
  const known = Float64Array.from({ length: 100 }, (_, i) => i / 100);
  assert.deepEqual(noveltyReport(known, Float64Array.of(2, 3)), {
    known: 100,
    novel: 2,
    auroc: 1,
    averagePrecision: 1,
    recallAtFalseAlarms: 1,
  });
  assert.equal(noveltyReport(known, new Float64Array()), null);
});
