import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  METADATA_FIELD_NAMES,
  mjdTai,
  njy,
  POINT_KINDS,
  Random,
  type JoinedObject,
} from '../../../core/index.ts';
import { GLOBAL_INPUTS } from '../../../model/alerts/global-inputs.ts';
import { METADATA_INPUTS } from '../../../model/alerts/metadata-inputs.ts';
import { DEFAULT_PERIOD_SETTINGS } from '../../../model/alerts/periods/period-search.ts';
import { prepareObject, tabulatedObject, type PreparedObject } from '../../../model/alerts/prepare.ts';
import { DEFAULT_SPECTRUM_SETTINGS } from '../../../model/alerts/spectrum-grid.ts';
import { TOKEN_INPUTS } from '../../../model/alerts/token-inputs.ts';
import { joinedObject, lightCurve, point, SOME_METADATA, someSpectrum } from '../../helpers/joined-object.ts';

const SETTINGS = {
  photometry: { tokensMax: 64, period: { ...DEFAULT_PERIOD_SETTINGS, frequenciesMax: 1024 } },
  spectrum: DEFAULT_SPECTRUM_SETTINGS,
};

const prepare = (object: JoinedObject): PreparedObject => prepareObject(tabulatedObject(object), SETTINGS);

function assertUsable(prepared: PreparedObject): void {
  assert.ok(prepared.tokenCount >= 1 && prepared.tokenCount <= 64);
  assert.equal(prepared.tokens.length, prepared.tokenCount * TOKEN_INPUTS.length);
  assert.equal(prepared.globals.length, GLOBAL_INPUTS.length);
  assert.ok(prepared.tokens.every((x) => Number.isFinite(x) && Math.abs(x) <= 20));
  assert.ok(prepared.globals.every((x) => Number.isNaN(x) || Math.abs(x) <= 1e4));
  assert.ok(prepared.spectrum?.every(Number.isFinite) ?? true);
  assert.ok(prepared.metadata?.every((x) => Number.isNaN(x) || Number.isFinite(x)) ?? true);
}

test('prepareObject() does not change when all times shift by whole days', () => {
  const object = joinedObject(50, { metadata: SOME_METADATA, spectrum: someSpectrum() });
  const points = object.lightCurve.points.map((p) => ({ ...p, mjdTai: mjdTai(p.mjdTai + 512) }));
  // Times are multiples of 1/1024 d, so that differences are exact before and after: the same bits.
  assert.deepEqual(prepare({ ...object, lightCurve: { ...object.lightCurve, points } }), prepare(object));
});

test('prepareObject() does not depend on the order of the points', () => {
  const object = joinedObject(50);
  const points = new Random('order').shuffled(object.lightCurve.points);
  assert.deepEqual(prepare({ ...object, lightCurve: { ...object.lightCurve, points } }), prepare(object));
});

test('prepareObject() counts the same measurement twice as once', () => {
  const object = joinedObject(50);
  const points = [...object.lightCurve.points, ...object.lightCurve.points];
  assert.deepEqual(prepare({ ...object, lightCurve: { ...object.lightCurve, points } }), prepare(object));
});

test('prepareObject() computes each modality from its own data alone', () => {
  const bare = prepare(joinedObject(30));
  const full = prepare(joinedObject(30, { metadata: SOME_METADATA, spectrum: someSpectrum() }));
  assert.deepEqual([bare.spectrum, bare.metadata], [null, null]);
  assert.deepEqual([full.tokens, full.globals], [bare.tokens, bare.globals]);
  const other = prepare(joinedObject(31, { metadata: SOME_METADATA, spectrum: someSpectrum() }));
  assert.deepEqual([other.spectrum, other.metadata], [full.spectrum, full.metadata]);
  assert.equal(full.metadata?.length, METADATA_INPUTS.length);
});

test('prepareObject() leaves objectId out of everything', () => {
  const object = joinedObject(30);
  const renamed = { ...object, lightCurve: { ...object.lightCurve, objectId: 2n ** 63n - 1n } };
  assert.deepEqual(prepare(renamed), prepare(object));
});

test('prepareObject() gives usable numbers for degenerate light curves', () => {
  const many = Array.from({ length: 40 }, (_, i) => i);
  const degenerate = [
    [],
    [point(60_000, 5)],
    many.map((i) => point(60_000, i)),
    many.map((i) => point(60_000 + i, 7)),
    many.map((i) => point(60_000 + i, 0, { kind: 'upperLimit' })),
    many.map((i) => point(60_000 + i, (-1) ** i * 1e308, { fluxErrNjy: 1e-308 })),
    many.map((i) => point(60_000 + i, i, { fluxErrNjy: 10 ** (i * 14 - 280) })),
    many.map((i) => point((-1) ** i * 1e308, i)),
    many.map((i) => point(60_000 + i * 1e-9, i)),
    many.map((i) => point(60_000 + i, i, { band: String.fromCharCode(200 + i) })),
    many.map((i) => point(60_000 + i, i, { band: '' })),
  ];
  for (const points of degenerate)
    assertUsable(prepare({ lightCurve: lightCurve(points), metadata: {}, spectrum: null }));
});

test('prepareObject() gives usable numbers for any input', () => {
  const number = fc.double({ noDefaultInfinity: false, noNaN: false });
  const mildMjd = fc.double({ min: 59_000, max: 61_000, noNaN: true });
  const anyPoint = fc.record({
    kind: fc.constantFrom(...POINT_KINDS),
    alertId: fc.constant(null),
    mjdTai: fc.oneof({ weight: 9, arbitrary: mildMjd }, number).map(mjdTai),
    band: fc.constantFrom('u', 'g', 'r', 'q', 'ü'),
    fluxNjy: number.map(njy),
    fluxErrNjy: number.map(Math.abs).map(njy),
  });
  const columns = fc.array(
    fc.tuple(fc.oneof(fc.double({ min: 3000, max: 10_000 }), number), number, number),
    {
      maxLength: 600,
    },
  );
  const object = fc.record({
    points: fc.array(anyPoint, { maxLength: 90 }),
    metadata: fc.dictionary(fc.constantFrom(...METADATA_FIELD_NAMES), number, { noNullPrototype: true }),
    spectrum: columns,
    position: fc.tuple(number, number),
  });
  fc.assert(
    fc.property(object, ({ points, metadata, spectrum, position }) => {
      const rows = spectrum.sort(([a], [b]) => a - b);
      const prepared = prepare({
        lightCurve: { ...lightCurve(points), raDeg: position[0], decDeg: position[1] },
        metadata,
        spectrum: {
          ...someSpectrum(),
          wavelengthAngstrom: Float64Array.from(rows, ([at]) => at),
          flux: Float64Array.from(rows, ([, flux]) => flux),
          fluxErr: Float64Array.from(rows, ([, , err]) => err),
        },
      });
      assertUsable(prepared);
    }),
    { seed: 20260101, numRuns: 150 },
  );
});
