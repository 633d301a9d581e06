import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Rejection } from '../../../core/index.ts';
import { lsstAdapter } from '../../../streams/surveys/lsst.ts';

const CONTEXT = {
  schema: { fullName: 'lsst.v10_0.alert', version: null, wireId: 1000 },
  source: { topic: 'lsst-alerts-v10.0', partition: 0, offset: 0n },
  withCutouts: false,
};
const DIA_SOURCE = {
  diaSourceId: 170_112_044_513_099_796n,
  diaObjectId: 42n,
  ssObjectId: null,
  midpointMjdTai: 61_000.25,
  ra: 150,
  dec: 2,
  psfFlux: -1500,
  psfFluxErr: 100,
  scienceFlux: 8000,
  scienceFluxErr: 120,
  reliability: 0.75,
  band: 'y',
};

function read(record: object, fullName = CONTEXT.schema.fullName): ReturnType<typeof lsstAdapter.toAlert> {
  return lsstAdapter.toAlert(record as Record<string, unknown>, {
    ...CONTEXT,
    schema: { ...CONTEXT.schema, fullName },
  });
}

function alertOf(record: object, fullName?: string): Alert {
  const result = read(record, fullName);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

function rejectionOf(diaSource: object): Rejection {
  const result = read({ diaSource });
  assert.ok(!result.ok);
  return result.rejection;
}

test('an LSST alert keeps nJy and MJD TAI as they are, and exact ids', () => {
  const alert = alertOf({ diaSource: DIA_SOURCE });
  assert.deepEqual(
    [
      alert.objectId,
      alert.alertId,
      alert.mjdTai,
      alert.raDeg,
      alert.decDeg,
      alert.band,
      alert.wavelengthAngstrom,
    ],
    [42n, 170_112_044_513_099_796n, 61_000.25, 150, 2, 'y', 9712],
  );
  assert.deepEqual([alert.diffFluxNjy, alert.diffFluxErrNjy], [-1500, 100]);
  assert.deepEqual([alert.totalFluxNjy, alert.totalFluxErrNjy, alert.realBogusRatio], [8000, 120, 0.75]);
  assert.equal(alert.schemaVersion, '10.0');
});

test('schemas before 5.0 have other names for the same', () => {
  const old = {
    diaSourceId: 7n,
    diaObjectId: 42n,
    midPointTai: 61_000.25,
    filterName: 'Y',
    ra: 150,
    decl: 2,
    psFlux: -1500,
    psFluxErr: 100,
    totFlux: 8000,
    totFluxErr: 120,
    spuriousness: 0.25,
  };
  const alert = alertOf(
    {
      diaSource: old,
      prvDiaSources: [{ ...old, diaSourceId: 6n, midPointTai: 60_999 }],
      prvDiaForcedSources: [
        { diaForcedSourceId: 5n, midPointTai: 60_998, filterName: 'r', psFlux: 1, psFluxErr: 2 },
      ],
      prvDiaNondetectionLimits: [{ midPointTai: 60_997, filterName: 'g', diaNoise: 3 }],
    },
    'lsst.v3_0.alert',
  );
  assert.deepEqual(
    [alert.schemaVersion, alert.band, alert.decDeg, alert.realBogusRatio],
    ['3.0', 'y', 2, 0.75],
  );
  assert.deepEqual([alert.diffFluxNjy, alert.totalFluxNjy], [-1500, 8000]);
  assert.deepEqual(alert.historyCounts, { detection: 2, upperLimit: 1, forced: 1 });
  assert.deepEqual(alert.points.slice(2), [
    { kind: 'forced', alertId: 5n, mjdTai: 60_998, band: 'r', fluxNjy: 1, fluxErrNjy: 2 },
    { kind: 'upperLimit', alertId: null, mjdTai: 60_997, band: 'g', fluxNjy: 0, fluxErrNjy: 3 },
  ]);
});

test('a moving object is its ssObjectId, else its designation, apart from every diaObjectId', () => {
  const moving = { ...DIA_SOURCE, diaObjectId: 0n };
  assert.equal(alertOf({ diaSource: { ...moving, ssObjectId: 42n } }).objectId, 'ss:42');
  assert.equal(alertOf({ diaSource: moving, ssSource: { ssObjectId: 43n } }).objectId, 'ss:43');
  const unnumbered = { diaSource: { ...moving, diaObjectId: null, ssObjectId: 0n }, ssSource: null };
  assert.equal(alertOf({ ...unnumbered, mpc_orbits: { designation: '2008 AB' } }).objectId, 'mpc:2008 AB');
  assert.equal(alertOf({ ...unnumbered, MPCORB: { mpcDesignation: 'K08A00B' } }).objectId, 'mpc:K08A00B');
  assert.equal(alertOf({ ...unnumbered, diaObject: { diaObjectId: 44n } }).objectId, 44n);
  assert.equal(alertOf(unnumbered).objectId, 'source:170112044513099796');
});

test('history without flux and withdrawn history is counted and not used', () => {
  const previous = { ...DIA_SOURCE, diaSourceId: 9n, midpointMjdTai: 60_000 };
  const alert = alertOf({
    diaSource: DIA_SOURCE,
    prvDiaSources: [
      previous,
      { ...previous, diaSourceId: 10n, psfFlux: null },
      { ...previous, diaSourceId: 11n, psfFluxErr: Number.NaN },
      { ...previous, diaSourceId: 12n, timeWithdrawnMjdTai: 60_500 },
      { ...previous, diaSourceId: 13n, timeWithdrawnMjdTai: Number.NaN },
    ],
    prvDiaForcedSources: [{ ...previous, diaForcedSourceId: 9n, band: null }],
  });
  assert.deepEqual(alert.historyCounts, { detection: 6, upperLimit: 0, forced: 1 });
  assert.deepEqual(
    alert.points.map(({ alertId }) => alertId),
    [DIA_SOURCE.diaSourceId, 9n, 13n],
  );
});

test('times in seconds since 1970 are MJD after conversion', () => {
  // 2016-11-28 19:23:15.
  const alert = alertOf({ diaSource: { ...DIA_SOURCE, midpointMjdTai: 1_480_360_995 } });
  assert.ok(Math.abs(alert.mjdTai - 57_720.807_812_5) < 1e-6, String(alert.mjdTai));
});

test('what an alert needs and a source lacks is named', () => {
  assert.deepEqual(rejectionOf({ ...DIA_SOURCE, psfFlux: null }), {
    code: 'ALERT_INCOMPLETE',
    reason: 'Cannot take the packet as an alert as "diaSource.psfFlux" must be given: current value is null',
  });
  assert.match(
    rejectionOf({ ...DIA_SOURCE, psfFluxErr: -1 }).reason,
    /"diaSource\.psfFluxErr".*current value is -1 nJy$/,
  );
  assert.match(
    rejectionOf({ ...DIA_SOURCE, band: 'lsst_r' }).reason,
    /"diaSource\.band" must be a known band/,
  );
  assert.match(rejectionOf({ midPointTai: 60_000 }).reason, /"diaSource\.diaObjectId" must be given/);
  assert.match(rejectionOf({}).reason, /current value is missing$/);
});

test('the version is the namespace’s, and the wire id’s where the namespace has none', () => {
  assert.equal(alertOf({ diaSource: DIA_SOURCE }, 'lsst.v11_1.alert').schemaVersion, '11.1');
  assert.equal(alertOf({ diaSource: DIA_SOURCE }, 'lsst.alert').schemaVersion, '10.0');
  assert.ok(!lsstAdapter.recognises({ ...CONTEXT.schema, fullName: 'lsst.v10_0.diaSource' }));
});
