import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding, ModalityMask, ReferenceBank } from '../../core/index.ts';
import { DETECTORS, type Detection } from '../../detectors/index.ts';

/** A bank in the plane: each row at an angle in degrees, the same in every modality of its mask. */
function bank(rows: readonly (readonly [id: string, angleDeg: number, mask: ModalityMask])[]): ReferenceBank {
  const vectors = Float32Array.from(rows.flatMap(([, angleDeg]) => [...vector(angleDeg)]));
  const masked = (letter: string): Float32Array =>
    vectors.map((value, i) => (rows[Math.floor(i / 2)]?.[2].includes(letter) === true ? value : 0));
  return {
    dimensions: 2,
    objectIds: rows.map(([id]) => id),
    labels: rows.map(([id]) => `class of ${id}`),
    masks: rows.map(([, , mask]) => mask),
    photometry: vectors,
    spectra: masked('S'),
    metadata: masked('M'),
  };
}

const vector = (angleDeg: number): Float32Array =>
  Float32Array.of(Math.cos((angleDeg * Math.PI) / 180), Math.sin((angleDeg * Math.PI) / 180));

function detect(reference: ReferenceBank, object: Embedding, neighbours: number): Detection {
  return DETECTORS.knn.create(reference, { neighbours }).detect(object);
}

const photometryAt = (angleDeg: number): Embedding => ({
  mask: 'P',
  photometry: vector(angleDeg),
  spectrum: null,
  metadata: null,
});

/** Rounding of float32 vectors. */
const near = (got: number | undefined, want: number): void => {
  assert.ok(Math.abs((got ?? NaN) - want) < 1e-6, `${got} for ${want}`);
};

test('knn is 1 − the mean cosine of the k nearest, and lists them nearest first', () => {
  const reference = bank([
    ['a', 60, 'P'],
    ['b', 0, 'P'],
    ['c', 180, 'P'],
    ['d', 90, 'P'],
  ]);
  const { score, neighbours } = detect(reference, photometryAt(0), 3);
  near(score, 1 - (1 + 0.5 + 0) / 3);
  assert.deepEqual(
    neighbours.map(({ objectId }) => objectId),
    ['b', 'a', 'd'],
  );
  assert.equal(neighbours[1]?.label, 'class of a');
  near(neighbours[1].cosine, 0.5);
});

test('knn is 0 for an object like known ones, 1 at right angles, 2 opposite', () => {
  const reference = bank([['a', 0, 'P']]);
  near(detect(reference, photometryAt(0), 1).score, 0);
  near(detect(reference, photometryAt(90), 1).score, 1);
  near(detect(reference, photometryAt(180), 1).score, 2);
});

test('knn compares over the modalities of the mask, with the rows that have them all', () => {
  const reference = bank([
    ['p', 0, 'P'],
    ['pm', 40, 'PM'],
    ['ps', 50, 'PS'],
    ['pms', 80, 'PMS'],
  ]);
  const ids = (mask: ModalityMask): readonly string[] =>
    detect(
      reference,
      { mask, photometry: vector(0), spectrum: vector(0), metadata: vector(0) },
      4,
    ).neighbours.map(({ objectId }) => objectId);
  assert.deepEqual(ids('P'), ['p', 'pm', 'ps', 'pms']);
  assert.deepEqual(ids('PM'), ['pm', 'pms']);
  assert.deepEqual(ids('PS'), ['ps', 'pms']);
  assert.deepEqual(ids('PMS'), ['pms']);
});

test('knn joins modalities as the mean direction of their unit vectors', () => {
  const reference = bank([['pm', 30, 'PM']]);
  const object: Embedding = { mask: 'PM', photometry: vector(0), metadata: vector(60), spectrum: null };
  near(detect(reference, object, 1).score, 0);
});

test('knn takes all rows where fewer than k compete, and is 1 where none does', () => {
  const reference = bank([
    ['a', 0, 'P'],
    ['b', 60, 'P'],
  ]);
  near(detect(reference, photometryAt(0), 10).score, 0.25);
  const object: Embedding = { mask: 'PS', photometry: vector(0), spectrum: vector(0), metadata: null };
  assert.deepEqual(detect(reference, object, 10), { score: 1, neighbours: [] });
});

test('knn is finite where the modalities of an object cancel', () => {
  const object: Embedding = { mask: 'PM', photometry: vector(0), metadata: vector(180), spectrum: null };
  const { score } = detect(bank([['a', 0, 'PM']]), object, 1);
  assert.ok(Number.isFinite(score));
});

test('knn orders equal cosines by object id, whatever the order of the rows', () => {
  const reference = bank([
    ['c', 0, 'P'],
    ['a', 0, 'P'],
    ['d', 0, 'P'],
    ['b', 0, 'P'],
  ]);
  const { neighbours } = detect(reference, photometryAt(0), 3);
  assert.deepEqual(
    neighbours.map(({ objectId }) => objectId),
    ['a', 'b', 'c'],
  );
});

test('knn refuses an option out of range and an embedding without a modality of its mask', () => {
  const reference = bank([['a', 0, 'P']]);
  for (const neighbours of [0, 1.5, 101, NaN])
    assert.throws(() => DETECTORS.knn.create(reference, { neighbours }), RangeError);
  const object: Embedding = { mask: 'PS', photometry: vector(0), spectrum: null, metadata: null };
  assert.throws(() => detect(reference, object, 1), RangeError);
});
