import fc from 'fast-check';
import { METADATA_FIELD_NAMES, POINT_KINDS, mjdTai, njy } from '../../core/index.ts';
import type { Alert, Point, SourcePosition, SurveyId } from '../../core/index.ts';

const OPTIONAL: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };

/** A record as adapters make them, with the prototype of objects. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
const printable = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => /^\P{C}{1,256}$/u.test(text));
const id: fc.Arbitrary<SurveyId> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  printable,
);
const instant = fc.double({ min: 47_892, max: 88_068, noNaN: true }).map(mjdTai);
const band = fc.constantFrom('u', 'g', 'r', 'i', 'z', 'y', 'o');
const count = fc.nat(2 ** 31 - 1);
const flux = finite.map(njy);
const fluxErr = positive.map(njy);

const point: fc.Arbitrary<Point> = plainRecord({
  kind: fc.constantFrom(...POINT_KINDS),
  alertId: fc.option(id),
  mjdTai: instant,
  band,
  fluxNjy: flux,
  fluxErrNjy: fluxErr,
});

const message = plainRecord({ topic: printable, partition: count, offset: fc.bigInt(0n, 2n ** 63n - 1n) });
const line = plainRecord({ file: printable, index: count });
const retry = fc.oneof(message, line);

/** A position of any kind. */
export const anySource: fc.Arbitrary<SourcePosition> = fc.oneof(
  fc
    .tuple(message, fc.record({ index: count, retry }, OPTIONAL))
    .map(([place, more]) => ({ ...place, ...more })),
  fc
    .tuple(line, fc.record({ member: printable, memberIndex: count, retry }, OPTIONAL))
    .map(([place, more]) => ({ ...place, ...more })),
);

/** Any alert that an adapter can make, without cutouts' bytes. */
export const anyAlert: fc.Arbitrary<Alert> = plainRecord({
  survey: fc.constantFrom('ztf', 'lsst', 'toy_2'),
  schemaVersion: fc.string({ unit: 'grapheme', maxLength: 32 }),
  objectId: id,
  alertId: fc.option(id),
  mjdTai: instant,
  raDeg: fc.double({ min: 0, max: 360, maxExcluded: true, noNaN: true }),
  decDeg: fc.double({ min: -90, max: 90, noNaN: true }),
  band,
  wavelengthAngstrom: fc.option(positive),
  diffFluxNjy: flux,
  diffFluxErrNjy: fluxErr,
  totalFluxNjy: fc.option(flux),
  totalFluxErrNjy: fc.option(fluxErr),
  realBogusRatio: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  points: fc.array(point, { maxLength: 12 }),
  historyCounts: plainRecord({ detection: count, upperLimit: count, forced: count }),
  metadata: fc.record(Object.fromEntries(METADATA_FIELD_NAMES.map((field) => [field, finite])), OPTIONAL),
  cutoutNames: fc.subarray(['science', 'template', 'difference']),
  cutouts: fc.constant([]),
  source: anySource,
});
