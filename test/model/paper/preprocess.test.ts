import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  PAPER_METADATA_COLUMNS,
  preprocessMetadata,
  preprocessPhotometry,
  preprocessSpectrum,
  readSafetensors,
  transformMetadata,
} from '../../../model/index.ts';
import type { PaperMetadataRow, PhotometryRows, Tensor, Tensors } from '../../../model/index.ts';
import { realData } from '../../helpers/real-data.ts';
import { numbersOf, relativeError } from '../../helpers/run-graph.ts';

const auxiliary = Float64Array.of(0.5, -1, 2, 0.25);

function rows(points: readonly (readonly [time: number, flux: number, err: number])[]): PhotometryRows {
  return {
    timeDays: Float64Array.from(points, ([time]) => time),
    flux: Float64Array.from(points, ([, flux]) => flux),
    fluxErr: Float64Array.from(points, ([, , err]) => err),
  };
}

function photometry(
  points: Parameters<typeof rows>[0],
  length: number,
): { steps: number[][]; mask: number[] } {
  const result = preprocessPhotometry(rows(points), { auxiliary, length });
  assert.ok(result.ok);
  const flat = Array.from(result.value.photometry);
  return {
    steps: Array.from({ length }, (_, i) => flat.slice(i * 9, (i + 1) * 9)),
    mask: Array.from(result.value.mask),
  };
}

/** Column `c` of a [n, 3] tensor. */
function column(tensor: Tensor | undefined, c: number): Float64Array {
  return Float64Array.from(numbersOf(tensor).filter((_, i) => i % 3 === c));
}

async function vectors(context: Parameters<typeof realData>[0]): Promise<Tensors | null> {
  const file = realData(context, 'reference', 'preprocess', 'vectors.safetensors');
  return file === null ? null : readSafetensors(file);
}

test('preprocessPhotometry() centres, scales and pads a small curve as its closed form says', () => {
  // Mean 2, median 1, MAD 1; 365 days.
  const { steps, mask } = photometry(
    [
      [365, 1, 0.5],
      [0, 0, 1],
      [182.5, 5, 2],
    ],
    4,
  );
  const tiled = [0.5, -1, 2, 0.25, 0, 1];
  assert.deepEqual(steps, [
    [0, -2, 1, ...tiled],
    [0.5, 3, 2, ...tiled],
    [1, -1, 0.5, ...tiled],
    [0, 0, 0, ...tiled],
  ]);
  assert.deepEqual(mask, [1, 1, 1, 0]);
});

test('preprocessPhotometry() takes the middle of a long curve, after scaling', () => {
  const points = Array.from({ length: 7 }, (_, i) => [i, i % 3, 1] as const);
  const { steps, mask } = photometry(points, 4);
  assert.deepEqual(
    steps.map(([time]) => time),
    [1, 2, 3, 4].map((i) => Math.fround(i / 6)),
  );
  assert.deepEqual(mask, [1, 1, 1, 1]);
});

test('preprocessPhotometry() does not depend on order, repeated rows, or rows that are not finite', () => {
  const points = [
    [3, 1, 0.5],
    [0, 0, 1],
    [1, 5, 2],
    [1, 4, 2],
  ] as const;
  const messy = [
    ...points.toReversed(),
    points[1],
    [2, Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1, 1],
  ] as const;
  assert.deepEqual(photometry(messy, 6), photometry(points, 6));
});

test('preprocessPhotometry() is finite where the scatter or the span is zero', () => {
  assert.deepEqual(photometry([[5, 3, 0.5]], 2).steps[0], [0, 0, 0.5, 0.5, -1, 2, 0.25, 0, 0]);
  assert.deepEqual(
    photometry(
      [
        [5, 3, 1],
        [5, 3, 2],
      ],
      2,
    ).steps[1]?.slice(0, 3),
    [0, 0, 2],
  );
  assert.deepEqual(
    photometry(
      [
        [0, 3, 1],
        [1, 3, 1],
        [2, 3, 1],
        [3, 7, 1],
      ],
      4,
    ).steps[3]?.slice(0, 3),
    [1, 3, 1],
  );
});

test('preprocessPhotometry() rejects curves without a point and values beyond float32', () => {
  for (const points of [
    [],
    [[Number.NaN, 1, 1]],
    // The scatter is 0, so that nothing brings the last flux, or its error, down to what float32 holds.
    [
      [0, 1, 1],
      [1, 1, 1],
      [2, 1e300, 1],
    ],
    [
      [0, 1, 1],
      [1, 1, 1e39],
    ],
  ] as const) {
    const result = preprocessPhotometry(rows(points), { auxiliary, length: 4 });
    assert.ok(!result.ok && result.rejection.code === 'TENSORS_INVALID');
  }
});

test('preprocessPhotometry() gives what the research code gives', async (context) => {
  const file = await vectors(context);
  if (file === null) return;
  for (const i of [0, 1, 2]) {
    const table = file.get(`lc${i}.in`);
    const result = preprocessPhotometry(
      { timeDays: column(table, 0), flux: column(table, 1), fluxErr: column(table, 2) },
      { auxiliary: Float64Array.from(numbersOf(file.get(`lc${i}.aux`))), length: 200 },
    );
    assert.ok(result.ok);
    assert.ok(relativeError(result.value.photometry, numbersOf(file.get(`lc${i}.out`))) < 1e-6, `lc${i}`);
    assert.deepEqual(Array.from(result.value.mask), numbersOf(file.get(`lc${i}.mask`)));
  }
});

test('preprocessSpectrum() interpolates a line exactly and holds the ends', () => {
  const wavelengthAngstrom = Float64Array.of(4000, 8000);
  const result = preprocessSpectrum({
    wavelengthAngstrom,
    flux: wavelengthAngstrom,
    fluxErr: Float64Array.of(1, 1),
  });
  assert.ok(result.ok);
  const [flux, err, scale] = [0, 1, 2].map((c) =>
    Array.from(result.value.subarray(2575 * c, 2575 * (c + 1))),
  );
  assert.ok(flux && err && scale);
  assert.equal(flux[0], flux[75]);
  assert.equal(flux[2574], flux[2075]);
  assert.notEqual(flux[75], flux[76]);
  // One step is 2 Å over the MAD, whose logarithm is the third channel.
  const mad = 10 ** (scale[0] ?? 0);
  assert.ok(Math.abs((flux[101] ?? 0) - (flux[100] ?? 0) - 2 / mad) < 1e-6);
  assert.ok(Math.abs((err[0] ?? 0) * mad - 1) < 1e-5);
});

test('preprocessSpectrum() is finite for a flat or empty-valued spectrum, and rejects what is none', () => {
  const wavelengthAngstrom = Float64Array.of(4000, 5000, 6000);
  const of = (flux: Float64Array, at = wavelengthAngstrom) =>
    preprocessSpectrum({ wavelengthAngstrom: at, flux, fluxErr: new Float64Array(flux.length) });
  assert.ok(of(new Float64Array(3)).ok);
  assert.ok(of(new Float64Array(3).fill(7)).ok);
  assert.ok(of(Float64Array.of(7), Float64Array.of(5000)).ok);
  assert.ok(!of(new Float64Array(0), new Float64Array(0)).ok);
  assert.ok(!of(Float64Array.of(1, Number.NaN, 2)).ok);
  assert.ok(!of(new Float64Array(3), Float64Array.of(4000, 4000, 5000)).ok);
  assert.ok(of(Float64Array.of(1, 2), Float64Array.of(3000, 9500)).ok, 'across the grid');
  for (const beside of [Float64Array.of(3000, 3849), Float64Array.of(8999, 24_000)]) {
    const result = of(Float64Array.of(1, 2), beside);
    assert.ok(!result.ok && /reach into 3850…8998 Å: current value is/.test(result.rejection.reason));
  }
});

test('preprocessSpectrum() gives what the research code gives', async (context) => {
  const file = await vectors(context);
  if (file === null) return;
  for (const i of [0, 1]) {
    const table = file.get(`spec${i}.in`);
    const result = preprocessSpectrum({
      wavelengthAngstrom: column(table, 0),
      flux: column(table, 1),
      fluxErr: column(table, 2),
    });
    assert.ok(result.ok);
    assert.ok(relativeError(result.value, numbersOf(file.get(`spec${i}.out`))) < 1e-6, `spec${i}`);
  }
});

const zeros = Object.fromEntries(PAPER_METADATA_COLUMNS.map((name) => [name, 0])) as PaperMetadataRow;

test('transformMetadata() makes magnitudes absolute at 100 pc for 10 mas, and angles sine and cosine', () => {
  const values = transformMetadata({ ...zeros, parallax: 10, mean_vmag: 12, l: 60, b: 30, ruwe: 1.5 });
  const of = (name: keyof PaperMetadataRow): number =>
    values[PAPER_METADATA_COLUMNS.indexOf(name)] ?? Number.NaN;
  assert.equal(of('mean_vmag'), 12 - 5);
  assert.equal(of('parallax'), 10);
  assert.ok(Math.abs(of('l') - 0.5) < 1e-15);
  assert.ok(Math.abs(of('b') - 0.5) < 1e-15);
  assert.equal(of('ruwe'), 1.5);
});

test('transformMetadata() takes a parallax that is not positive as 1 mas, for magnitudes alone', () => {
  const values = transformMetadata({ ...zeros, parallax: -2, mean_vmag: 12 });
  assert.equal(values[0], 2);
  assert.equal(values[PAPER_METADATA_COLUMNS.indexOf('parallax')], -2);
});

test('preprocessMetadata() standardises, and rejects naming the column that is not finite', () => {
  const mean = new Array<number>(34).fill(1);
  const std = new Array<number>(34).fill(2);
  std[31] = 0;
  const scored = preprocessMetadata({ ...zeros, ruwe: 4, pm: 5 }, { mean, std });
  assert.ok(scored.ok);
  assert.equal(scored.value[31], 3);
  assert.equal(scored.value[30], 2);
  const missing = preprocessMetadata({ ...zeros, w4_mag: Number.NaN }, { mean, std });
  assert.ok(!missing.ok);
  assert.match(missing.rejection.reason, /"w4_mag" must be finite: current value is NaN/);
  assert.throws(() => preprocessMetadata(zeros, { mean: [1], std }), RangeError);
});

test('preprocessMetadata() is finite on genuine rows, whose statistics it brings to 0 and 1', (context) => {
  const file = realData(context, 'data', 'catalogs', 'astrom3_rows', 'astrom3_metadata_sample.csv');
  if (file === null) return;
  const [header = '', ...lines] = readFileSync(path.resolve(file), 'utf8').trim().split('\n');
  const names = header.split(',');
  const table = lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(
      PAPER_METADATA_COLUMNS.map((name) => [name, Number(cells[names.indexOf(name)])]),
    ) as PaperMetadataRow;
  });
  assert.equal(table.length, 14);
  const transformed = table.map(transformMetadata);
  const mean = PAPER_METADATA_COLUMNS.map(
    (_, c) => transformed.reduce((sum, row) => sum + (row[c] ?? 0), 0) / 14,
  );
  const std = PAPER_METADATA_COLUMNS.map((_, c) =>
    Math.sqrt(transformed.reduce((sum, row) => sum + ((row[c] ?? 0) - (mean[c] ?? 0)) ** 2, 0) / 14),
  );
  const scored = table.map((row) => preprocessMetadata(row, { mean, std }));
  for (const result of scored) assert.ok(result.ok && result.value.every(Number.isFinite));
  PAPER_METADATA_COLUMNS.forEach((name, c) => {
    const square =
      scored.reduce((sum, result) => sum + (result.ok ? (result.value[c] ?? 0) ** 2 : 0), 0) / 14;
    assert.ok(Math.abs(square - 1) < 1e-5 || std[c] === 0, name);
  });
  // EDR3 654686331696211456: V 11.77 at 1.242 mas.
  assert.ok(Math.abs((transformed[0]?.[0] ?? 0) - (11.77 - 10 + 5 * Math.log10(1.242))) < 1e-12);
});
