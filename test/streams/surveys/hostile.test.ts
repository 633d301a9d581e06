import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { configSchema } from '../../../core/index.ts';
import { surveyAdapters } from '../../../streams/index.ts';
import type { Projection, SurveyAdapter } from '../../../streams/index.ts';
import { PointList } from '../../../streams/surveys/point-list.ts';
import type { PointDraft } from '../../../streams/surveys/point-list.ts';

const SCHEMA = { fullName: 'any.alert', version: null, wireId: null };
const CONTEXT = { schema: SCHEMA, source: { file: 'hostile', index: 0 }, withCutouts: true };

/** Anything that a decoder or a JSON parser can put into a field. */
const LEAF = fc.oneof(
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    -999,
    2_459_000.5,
    59_000,
    61_000,
    20.5,
    1,
    'g',
    't',
    '0',
    'r',
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ maxLength: 4 }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.uint8Array({ maxLength: 3 }),
);

/** Records of the shape that an adapter asks for, with anything in the places. */
function recordOf(projection: Projection, depth = 0): fc.Arbitrary<unknown> {
  const fields = Object.entries(projection).map(([field, below]) => {
    if (below === true) return [field, LEAF] as const;
    const record = recordOf(below, depth + 1);
    const list = fc.array(fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: LEAF }), {
      maxLength: 4,
    });
    return [field, fc.oneof({ weight: 4, arbitrary: record }, { weight: 4, arbitrary: list }, LEAF)] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

function assertSound(value: unknown): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value) && !Object.is(value, -0));
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    Object.values(value).forEach(assertSound);
}

const ADAPTERS: readonly SurveyAdapter[] = surveyAdapters(configSchema.parse({}).decode.mappings);
for (const [index, adapter] of ADAPTERS.entries()) {
  test(`${adapter.survey} (${index}): no record makes the adapter throw, and what it accepts is finite`, () => {
    fc.assert(
      fc.property(recordOf(adapter.projection({ withCutouts: true })), (record) => {
        const result = adapter.toAlert(record as Record<string, unknown>, CONTEXT);
        if (result.ok) {
          assertSound(result.value);
        } else {
          assert.match(result.rejection.reason, /^Cannot .* as .*: current value is /s);
          assert.match(result.rejection.code, /^(ALERT_INCOMPLETE|ALERT_OUT_OF_RANGE|SURVEY_UNKNOWN)$/);
        }
      }),
      { numRuns: 150, seed: 20_260_301 },
    );
  });
}

/** What makes a packet of each survey an alert; its history is left to chance. */
const VALID: Readonly<Record<string, object>> = {
  ztf: {
    objectId: 'ZTF20aaaaaaa',
    candidate: { jd: 2_459_000.5, fid: 1, isdiffpos: 't', ra: 10, dec: -20, magpsf: 21.4, sigmapsf: 0.1 },
  },
  lsst: {
    diaSource: {
      diaObjectId: 1n,
      midpointMjdTai: 61_000,
      band: 'g',
      ra: 1,
      dec: 2,
      psfFlux: 3,
      psfFluxErr: 1,
    },
  },
  elasticc: {
    diaSource: {
      diaObjectId: 1n,
      midPointTai: 60_000,
      filterName: 'g',
      ra: 1,
      decl: 2,
      psFlux: 3,
      psFluxErr: 1,
    },
  },
};

for (const adapter of ADAPTERS) {
  const valid = VALID[adapter.survey];
  if (valid === undefined) continue;
  test(`${adapter.survey}: any history and context leaves a valid alert an alert of finite values`, () => {
    fc.assert(
      fc.property(recordOf(adapter.projection({ withCutouts: true })), (record) => {
        const result = adapter.toAlert({ ...(record as object), ...valid }, CONTEXT);
        assert.ok(result.ok);
        assertSound(result.value);
      }),
      { numRuns: 300, seed: 20_260_303 },
    );
  });
}

type Identity = Pick<PointDraft, 'kind' | 'alertId' | 'mjdTai' | 'band'>;

test('PointList keeps each identity once, as a set by text would', () => {
  const draft = fc.record({
    kind: fc.constantFrom('detection' as const, 'upperLimit' as const, 'forced' as const),
    alertId: fc.constantFrom(null, 1n, 2n, '1'),
    mjdTai: fc.constantFrom(59_000, 59_001, 1),
    band: fc.constantFrom('g', 'r', ''),
    fluxNjy: fc.constantFrom(1, -0, Number.NaN),
    fluxErrNjy: fc.constantFrom(1, 0),
  });
  fc.assert(
    fc.property(fc.array(draft, { maxLength: 60 }), (drafts) => {
      const list = new PointList();
      const expected = new Set<string>();
      const identityOf = (point: Identity): string =>
        `${point.kind}/${typeof point.alertId}${point.alertId}/${point.mjdTai}/${point.band}`;
      for (const one of drafts) {
        if (one.mjdTai > 1 && one.band !== '' && !Number.isNaN(one.fluxNjy) && one.fluxErrNjy > 0)
          expected.add(identityOf(one));
        list.add({ ...one });
      }
      assert.deepEqual(list.points.map(identityOf), [...expected]);
      assert.ok(list.points.every((point) => !Object.is(point.fluxNjy, -0)));
      assert.equal(
        Object.values(list.counts).reduce((sum, count) => sum + count, 0),
        drafts.length,
      );
    }),
    { seed: 20_260_302 },
  );
});

test('PointList takes 200,000 points of one time in linear time', () => {
  const list = new PointList();
  for (let i = 0; i < 200_000; i++) {
    list.add({ kind: 'detection', alertId: BigInt(i), mjdTai: 59_000, band: 'g', fluxNjy: 1, fluxErrNjy: 1 });
  }
  assert.equal(list.points.length, 200_000);
});
