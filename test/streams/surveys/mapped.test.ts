import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema, surveyMappingSchema } from '../../../core/index.ts';
import type { Alert, SurveyMappingInput } from '../../../core/index.ts';
import { surveyAdapters } from '../../../streams/index.ts';
import { mappedAdapter } from '../../../streams/surveys/mapped.ts';

type AlertMappingInput = Extract<SurveyMappingInput, { kind: 'alert' }>;

const MAPPING: AlertMappingInput = {
  kind: 'alert',
  survey: 'broker',
  schemaName: 'broker\\.(v\\d+\\.)?alert',
  statedVersion: 'version',
  objectId: ['object.name', 'object.id'],
  raDeg: 'where.ra',
  decDeg: 'where.dec',
  measurement: {
    id: 'id',
    time: { path: 'seen', scale: 'unixMs' },
    band: { path: 'filter', letters: { 'sdss-g': 'g', 2: 'r' } },
    flux: { path: 'flux', errPath: 'fluxErr', unit: 'ujy' },
  },
};
const RECORD = {
  version: '7',
  object: { id: 5 },
  where: { ra: 1, dec: 2 },
  id: 'a1',
  seen: 1_700_000_000_000,
  filter: 2,
  flux: 3,
  fluxErr: 0.5,
};

function read(
  mapping: SurveyMappingInput,
  record: object,
  fullName = 'broker.alert',
): ReturnType<ReturnType<typeof mappedAdapter>['toAlert']> {
  return mappedAdapter(surveyMappingSchema.parse(mapping)).toAlert(record as Record<string, unknown>, {
    schema: { fullName, version: null, wireId: null },
    source: { topic: 'broker', partition: 0, offset: 1n },
    withCutouts: true,
  });
}

function alertOf(changes: Partial<AlertMappingInput>, record: object = {}): Alert {
  const result = read({ ...MAPPING, ...changes }, { ...RECORD, ...record });
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

function close(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) / expected - 1) < 1e-9, `${actual} is not ${expected}`);
}

test('a JSON message is read by its mapping: µJy, Unix time, band by value, id as bigint', () => {
  const alert = alertOf({});
  assert.deepEqual(
    [alert.survey, alert.schemaVersion, alert.objectId, alert.alertId, alert.band, alert.raDeg, alert.decDeg],
    ['broker', '7', 5n, 'a1', 'r', 1, 2],
  );
  assert.deepEqual([alert.diffFluxNjy, alert.diffFluxErrNjy], [3000, 500]);
  // 1.7e9 s are 19675.925925… days.
  close(alert.mjdTai, 40_587 + 1_700_000_000 / 86_400 + 37 / 86_400);
});

test('each unit and time scale converts to nJy and MJD TAI', () => {
  const { measurement } = MAPPING;
  for (const [unit, njy] of [
    ['njy', 3],
    ['ujy', 3e3],
    ['mjy', 3e6],
    ['jy', 3e9],
  ] as const) {
    const flux = { path: 'flux', errPath: 'fluxErr', unit };
    assert.equal(alertOf({ measurement: { ...measurement, flux } }).diffFluxNjy, njy);
  }
  for (const [scale, seen] of [
    ['mjdUtc', 59_000],
    ['jdUtc', 2_459_000.5],
    ['mjdTai', 59_000 + 37 / 86_400],
    ['unixMs', (59_000 - 40_587) * 86_400_000],
  ] as const) {
    const alert = alertOf({ measurement: { ...measurement, time: { path: 'seen', scale } } }, { seen });
    close(alert.mjdTai, 59_000 + 37 / 86_400);
  }
});

test('Vega magnitudes are brought to AB by band, and signed by a flag or by themselves', () => {
  const magnitude = { path: 'flux', errPath: 'fluxErr', system: 'Vega', abMinusVegaMag: { r: 0.9 } } as const;
  const measurement = { ...MAPPING.measurement, flux: null, magnitude };
  // 20.5 Vega is 21.4 AB: 10^4 nJy.
  close(alertOf({ measurement }, { flux: 20.5 }).diffFluxNjy, 1e4);
  const flagged = { ...measurement, sign: { path: 'faded', trueMeans: 'fainter' } } as const;
  close(alertOf({ measurement: flagged }, { flux: 20.5, faded: true }).diffFluxNjy, -1e4);
  close(alertOf({ measurement: flagged }, { flux: 20.5, faded: 'f' }).diffFluxNjy, 1e4);
  const own = { ...measurement, magnitude: { ...magnitude, isFadedWhereNegative: true } };
  const faded = alertOf({ measurement: own }, { flux: -20.5 });
  close(faded.diffFluxNjy, -1e4);
  close(faded.diffFluxErrNjy, (1e4 * 0.5 * Math.LN10) / 2.5);
  const result = read({ ...MAPPING, measurement }, { ...RECORD, filter: 'sdss-g', flux: 20 });
  assert.ok(!result.ok && result.rejection.code === 'ALERT_OUT_OF_RANGE');
});

test('a history tells upper limits by their limit, and leaves out what has no known band', () => {
  const item = {
    time: { path: 'seen', scale: 'mjdTai' },
    band: { letter: 'j' },
    flux: { path: 'flux', errPath: 'fluxErr', unit: 'njy' },
    limitMagPath: 'limit',
  } as const;
  const alert = alertOf(
    {
      history: [
        { path: 'past.seen', kind: 'detection', measurement: item },
        {
          path: 'past.forced',
          kind: 'forced',
          measurement: { ...item, band: { path: 'b', letters: { x: 'j' } } },
        },
      ],
    },
    {
      past: {
        seen: [
          { seen: 58_000, flux: 5, fluxErr: 1, limit: 21.4 },
          { seen: 58_001, limit: 21.4 },
          'not a record',
        ],
        forced: [
          { seen: 58_002, flux: -5, fluxErr: 1, b: 'x' },
          { seen: 58_003, flux: 5, fluxErr: 1, b: 'unknown' },
        ],
      },
    },
  );
  assert.deepEqual(alert.historyCounts, { detection: 2, upperLimit: 1, forced: 2 });
  assert.deepEqual(
    alert.points.slice(1).map(({ kind, fluxNjy }) => [kind, fluxNjy]),
    [
      ['detection', 5],
      ['upperLimit', 0],
      ['forced', -5],
    ],
  );
  close(alert.points[2]?.fluxErrNjy, 1e4 / 5);
});

test('the alert’s own measurement is never an upper limit', () => {
  const measurement = { ...MAPPING.measurement, limitMagPath: 'limit' };
  const result = read({ ...MAPPING, measurement }, { ...RECORD, flux: null, limit: 20 });
  assert.ok(!result.ok);
  assert.match(result.rejection.reason, /"flux" must be given: current value is null/);
});

test('scores are scaled to a ratio; metadata leaves out missing values', () => {
  const alert = alertOf(
    {
      realBogus: { path: 'score', max: 100 },
      metadata: { jMag: 'near.j', neighbourSeparationArcsec: 'near.distance', hostRedshift: 'near.z' },
      missingValues: [60],
    },
    { score: 85, near: { j: 14, distance: 60, z: -99 } },
  );
  assert.equal(alert.realBogusRatio, 0.85);
  assert.deepEqual(alert.metadata, { jMag: 14 });
});

test('a missing value is named by its path', () => {
  const result = read(MAPPING, { ...RECORD, where: null });
  assert.ok(!result.ok);
  assert.deepEqual(result.rejection, {
    code: 'ALERT_INCOMPLETE',
    reason: 'Cannot take the packet as an alert as "where.ra" must be given: current value is missing',
  });
});

test('paths do not reach into prototypes', () => {
  const result = read({ ...MAPPING, objectId: 'constructor.name' }, RECORD);
  assert.ok(!result.ok);
});

test('the projection holds every path once, nested, histories too', () => {
  const [adapter] = surveyAdapters(configSchema.parse({}).decode.mappings).filter(
    ({ survey }) => survey === 'desirt',
  );
  const measured = { mjd: true, forcediffimflux: true, forcediffimfluxunc: true, band: true };
  const expected = {
    objectId: true,
    candid: true,
    candidate: { ra: true, dec: true, reliability: true, ...measured },
    fp_hists: measured,
  };
  assert.deepEqual(JSON.parse(JSON.stringify(adapter?.projection({ withCutouts: false }))), expected);
  assert.equal(adapter?.projection({ withCutouts: true })['cutoutTemplate'], true);
});

test('a configuration’s own mapping is asked before those that come with Nightjar', () => {
  const { mappings } = configSchema.parse({
    decode: { mappings: [{ ...MAPPING, schemaName: 'atlas\\.alert' }] },
  }).decode;
  const adapters = surveyAdapters(mappings);
  assert.deepEqual(
    adapters.map(({ survey }) => survey),
    [
      ...['ztf', 'lsst', 'elasticc', 'broker', 'atlas', 'winter', 'winter', 'pgir', 'desirt', 'rapid'],
      ...['askap', 'lasair_lsst', 'fink_ztf'],
    ],
  );
  const schema = { fullName: 'atlas.alert', version: null, wireId: null };
  assert.equal(adapters.find((adapter) => adapter.recognises(schema))?.survey, 'broker');
});

test('names and versions of schemas must match whole', () => {
  const adapter = mappedAdapter(surveyMappingSchema.parse({ ...MAPPING, schemaVersion: '1\\.\\d' }));
  const recognises = (fullName: string, version: string | null): boolean =>
    adapter.recognises({ fullName, version, wireId: null });
  assert.ok(recognises('broker.v2.alert', '1.2'));
  assert.ok(!recognises('my.broker.alert', '1.2'));
  assert.ok(!recognises('broker.alert', '1.23'));
  assert.ok(!recognises('broker.alert', null));
});
