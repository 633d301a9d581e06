import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MODALITY_MASKS,
  Random,
  type Embedding,
  type ModalityMask,
  type ReferenceBank,
} from '../../core/index.ts';
import { createDetectors, DETECTOR_NAMES, DETECTORS, MASK_MODALITIES } from '../../detectors/index.ts';

const DIMENSIONS = 24;
const random = new Random('detectors');

function unit(): Float32Array {
  const vector = new Float32Array(DIMENSIONS).map(() => random.normal());
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Objects that know of every modality, whatever their mask says. */
interface Row {
  readonly objectId: string;
  readonly label: string;
  readonly mask: ModalityMask;
  readonly photometry: Float32Array;
  readonly spectrum: Float32Array;
  readonly metadata: Float32Array;
}

function bankOf(rows: readonly Row[]): ReferenceBank {
  const matrix = (vectorOf: (row: Row) => Float32Array): Float32Array =>
    Float32Array.from(rows.flatMap((row) => [...vectorOf(row)]));
  return {
    dimensions: DIMENSIONS,
    objectIds: rows.map(({ objectId }) => objectId),
    labels: rows.map(({ label }) => label),
    masks: rows.map(({ mask }) => mask),
    photometry: matrix((row) => row.photometry),
    spectra: matrix((row) => row.spectrum),
    metadata: matrix((row) => row.metadata),
  };
}

const ROWS: readonly Row[] = Array.from({ length: 60 }, (_, i) => ({
  objectId: `object ${i}`,
  label: `class ${i % 3}`,
  mask: MODALITY_MASKS[i % 4] ?? 'P',
  photometry: unit(),
  spectrum: unit(),
  metadata: unit(),
}));
const OPTIONS = { neighbours: 5 };

function embedding(mask: ModalityMask): Embedding {
  return { mask, photometry: unit(), spectrum: unit(), metadata: unit() };
}

for (const name of DETECTOR_NAMES) {
  const create = (rows: readonly Row[]): ReturnType<(typeof DETECTORS)[typeof name]['create']> =>
    DETECTORS[name].create(bankOf(rows), OPTIONS);

  test(`${name} gives the same finite detection again, with known neighbours, under every mask`, () => {
    const detector = create(ROWS);
    for (const mask of MODALITY_MASKS) {
      const object = embedding(mask);
      const detection = detector.detect(object);
      assert.ok(Number.isFinite(detection.score));
      assert.deepEqual(detector.detect(object), detection);
      assert.deepEqual(create(ROWS).detect(object), detection);
      for (const neighbour of detection.neighbours) {
        assert.ok(ROWS.some((row) => row.objectId === neighbour.objectId && row.label === neighbour.label));
        assert.ok(Math.abs(neighbour.cosine) <= 1);
      }
    }
  });

  test(`${name} does not depend on the order of the bank`, () => {
    const shuffled = create(random.shuffled(ROWS));
    for (const mask of MODALITY_MASKS) {
      const object = embedding(mask);
      assert.deepEqual(shuffled.detect(object), create(ROWS).detect(object));
    }
  });

  test(`${name} depends on the modalities of the mask and on no other`, () => {
    const detector = create(ROWS);
    for (const mask of MODALITY_MASKS) {
      const object = embedding(mask);
      const { score } = detector.detect(object);
      for (const modality of ['photometry', 'spectrum', 'metadata'] as const) {
        const isUsed = MASK_MODALITIES[mask].includes(modality);
        const changed = detector.detect({ ...object, [modality]: unit() }).score;
        assert.equal(changed !== score, isUsed, `${modality} under ${mask}`);
        const ofBank = create(ROWS.map((row) => ({ ...row, [modality]: unit() }))).detect(object).score;
        assert.equal(ofBank !== score, isUsed, `${modality} of the bank under ${mask}`);
      }
    }
  });

  test(`${name} gives a finite detection on an empty bank, and where no row has the mask's modalities`, () => {
    const onlyPhotometry = ROWS.map((row) => ({ ...row, mask: 'P' as const }));
    for (const rows of [[], onlyPhotometry]) {
      const { score, neighbours } = create(rows).detect(embedding('PMS'));
      assert.ok(Number.isFinite(score));
      assert.deepEqual(neighbours, []);
    }
  });

  test(`${name} refuses a bank whose columns have different lengths`, () => {
    const bank = bankOf(ROWS);
    assert.throws(() => DETECTORS[name].create({ ...bank, labels: ['one'] }, OPTIONS), RangeError);
    assert.throws(
      () => DETECTORS[name].create({ ...bank, spectra: new Float32Array(3) }, OPTIONS),
      RangeError,
    );
  });
}

test('createDetectors() makes one of every kind', () => {
  assert.deepEqual(Object.keys(createDetectors(bankOf(ROWS), OPTIONS)), DETECTOR_NAMES);
});
