import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Rejection } from '../../../core/index.ts';
import { ztfAdapter } from '../../../streams/surveys/ztf.ts';

const CONTEXT = {
  schema: { fullName: 'ztf.alert', version: '4.02', wireId: null },
  source: { file: 'one.avro', index: 0 },
  withCutouts: false,
};
/** 22.9 mag is 10^((31.4 − 22.9) / 2.5) = 10^3.4 nJy; the alert below has 21.4 mag: 10^4 nJy. */
const CANDIDATE = {
  jd: 2_459_000.5,
  fid: 1,
  isdiffpos: 't',
  ra: 10,
  dec: -20,
  magpsf: 21.4,
  sigmapsf: 0.1,
  rb: 0.5,
  drb: 0.9,
};
const RECORD = {
  schemavsn: '3.3',
  objectId: 'ZTF20aaaaaaa',
  candid: 1_234_567_890_123_456n,
  candidate: CANDIDATE,
  prv_candidates: null,
  fp_hists: null,
  cutoutScience: null,
};
const MJD_TAI = 59_000 + 37 / 86_400;

function alertOf(changes: object, candidate: object = {}): Alert {
  const record = { ...RECORD, candidate: { ...CANDIDATE, ...candidate }, ...changes };
  const result = ztfAdapter.toAlert(record, CONTEXT);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

function rejectionOf(changes: object, candidate: object = {}): Rejection {
  const record = { ...RECORD, candidate: { ...CANDIDATE, ...candidate }, ...changes };
  const result = ztfAdapter.toAlert(record, CONTEXT);
  assert.ok(!result.ok);
  return result.rejection;
}

function close(actual: number | null | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) / expected - 1) < 1e-12, `${actual} is not ${expected}`);
}

test('a ZTF alert has its flux in nJy, its time in MJD TAI and the version of its schema', () => {
  const alert = alertOf({});
  close(alert.diffFluxNjy, 1e4);
  close(alert.diffFluxErrNjy, (1e4 * 0.1 * Math.LN10) / 2.5);
  close(alert.mjdTai, MJD_TAI);
  assert.deepEqual(
    [alert.survey, alert.schemaVersion, alert.objectId, alert.alertId, alert.band, alert.wavelengthAngstrom],
    ['ztf', '4.02', 'ZTF20aaaaaaa', 1_234_567_890_123_456n, 'g', 4746.5],
  );
  assert.equal(alert.realBogusRatio, 0.9);
  assert.deepEqual(alert.historyCounts, { detection: 1, upperLimit: 0, forced: 0 });
  assert.deepEqual(
    [alert.totalFluxNjy, alert.totalFluxErrNjy, alert.metadata, alert.cutouts],
    [null, null, {}, []],
  );
});

test('isdiffpos signs the flux in all its spellings', () => {
  for (const [spelling, sign] of [
    ['t', 1],
    ['1', 1],
    [true, 1],
    [1, 1],
    ['f', -1],
    ['0', -1],
    [false, -1],
    [0, -1],
  ] as const) {
    assert.equal(Math.sign(alertOf({}, { isdiffpos: spelling }).diffFluxNjy), sign, String(spelling));
  }
});

test('previous candidates are detections with a magnitude and upper limits without one', () => {
  const alert = alertOf({
    prv_candidates: [
      {
        jd: 2_458_999.5,
        fid: 2,
        isdiffpos: 'f',
        magpsf: 22.9,
        sigmapsf: 0.2,
        diffmaglim: 23,
        candid: 7_000_000n,
      },
      {
        jd: 2_458_998.5,
        fid: 3,
        isdiffpos: null,
        magpsf: null,
        sigmapsf: null,
        diffmaglim: 22.9,
        candid: null,
      },
    ],
  });
  assert.deepEqual(alert.historyCounts, { detection: 2, upperLimit: 1, forced: 0 });
  const [own, previous, limit] = alert.points;
  assert.deepEqual([own?.fluxNjy, own?.mjdTai], [alert.diffFluxNjy, alert.mjdTai]);
  assert.deepEqual([previous?.kind, previous?.alertId, previous?.band], ['detection', 7_000_000n, 'r']);
  close(previous?.fluxNjy, -(10 ** 3.4));
  assert.deepEqual([limit?.kind, limit?.alertId, limit?.band, limit?.fluxNjy], ['upperLimit', null, 'i', 0]);
  close(limit?.fluxErrNjy, 10 ** 3.4 / 5);
});

test('forced photometry is converted from DN with its own zero point, with status 0 only', () => {
  const forced = {
    jd: 2_458_999.5,
    fid: 1,
    procstatus: '0',
    magzpsci: 26.4,
    forcediffimflux: -2,
    forcediffimfluxunc: 1,
  };
  const alert = alertOf({
    fp_hists: [
      forced,
      { ...forced, jd: 2_458_998.5, procstatus: '61', forcediffimflux: -99_999, forcediffimfluxunc: -99_999 },
      { ...forced, jd: 2_458_997.5, procstatus: '56' },
      { ...forced, jd: 2_458_996.5, forcediffimflux: Number.NaN },
      { ...forced, jd: 2_458_995.5, forcediffimfluxunc: null },
      { ...forced, jd: 2_458_994.5, magzpsci: -999 },
    ],
  });
  assert.equal(alert.historyCounts.forced, 6);
  assert.equal(alert.points.length, 2);
  close(alert.points[1]?.fluxNjy, -200);
  close(alert.points[1]?.fluxErrNjy, 100);
});

test('the total flux adds the reference source within 1.5 arcsec, errors in quadrature', () => {
  // 1.4 pixels are 1.42 arcsec, 1.5 pixels are 1.52.
  const reference = { magnr: 21.4, sigmagnr: 0.1 };
  const near = alertOf({}, { ...reference, distnr: 1.4 });
  close(near.totalFluxNjy, 2e4);
  close(near.totalFluxErrNjy, Math.SQRT2 * near.diffFluxErrNjy);
  close(near.metadata.referenceSeparationArcsec, 1.4 * 1.012);
  assert.equal(alertOf({}, { ...reference, distnr: 1.5 }).totalFluxNjy, null);
  assert.equal(alertOf({}, { magnr: -999, sigmagnr: -999, distnr: -999 }).totalFluxNjy, null);
  const faded = alertOf({}, { ...reference, distnr: 0, isdiffpos: 'f' });
  assert.deepEqual([faded.totalFluxNjy, Object.is(faded.totalFluxNjy, -0)], [0, false]);
});

test('placeholders are missing: metadata, candid, score', () => {
  const alert = alertOf(
    { candid: -999n },
    {
      drb: null,
      rb: -99,
      sgscore1: 0.25,
      distpsnr1: -999,
      sgmag1: -999,
      srmag1: 18,
      neargaia: 99_999,
      maggaia: null,
    },
  );
  assert.deepEqual(alert.metadata, { starGalaxyRatio: 0.25, neighbourRMag: 18 });
  assert.deepEqual([alert.alertId, alert.realBogusRatio], [null, null]);
  assert.equal(alertOf({ candid: null }).alertId, null);
  assert.equal(alertOf({ candid: null }, { candid: 1_234_567_890_123_456n }).alertId, RECORD.candid);
  assert.equal(alertOf({ candid: -121_540_793_515_135_000n }).alertId, -121_540_793_515_135_000n);
});

test('a measurement that is repeated within a packet is one point, and counted as packed', () => {
  const own = { ...CANDIDATE, candid: RECORD.candid };
  const alert = alertOf({ prv_candidates: [own, own, { ...own, fid: 2 }, { ...own, fid: 2 }] });
  assert.equal(alert.historyCounts.detection, 5);
  assert.deepEqual(
    alert.points.map(({ band }) => band),
    ['g', 'r'],
  );
});

test('a missing required value is ALERT_INCOMPLETE by its name', () => {
  assert.deepEqual(rejectionOf({}, { magpsf: null }), {
    code: 'ALERT_INCOMPLETE',
    reason: 'Cannot take the packet as an alert as "candidate.magpsf" must be given: current value is null',
  });
  for (const [field, value] of Object.entries({
    jd: Number.NaN,
    ra: null,
    fid: undefined,
    sigmapsf: null,
    isdiffpos: null,
  })) {
    const { code, reason } = rejectionOf({}, { [field]: value });
    assert.deepEqual([code, reason.includes(`"candidate.${field}"`)], ['ALERT_INCOMPLETE', true], reason);
  }
  assert.match(rejectionOf({ objectId: '' }).reason, /"objectId" must be given/);
  assert.match(
    rejectionOf({ candidate: null }).reason,
    /"candidate\.jd" must be given: current value is missing/,
  );
});

test('an impossible required value is ALERT_OUT_OF_RANGE with value and unit', () => {
  assert.deepEqual(rejectionOf({}, { ra: 360.5 }), {
    code: 'ALERT_OUT_OF_RANGE',
    reason:
      'Cannot take the packet as an alert as "candidate.ra" must be in [0, 360]: current value is 360.5 deg',
  });
  const cases = [
    { jd: 59_000 },
    { jd: Infinity },
    { dec: 90.1 },
    { ra: -1 },
    { fid: 4 },
    { sigmapsf: 0 },
    { magpsf: 99 },
  ];
  for (const change of cases)
    assert.equal(rejectionOf({}, change).code, 'ALERT_OUT_OF_RANGE', JSON.stringify(change));
});

test('right ascension 360 is 0, and −0 is 0', () => {
  for (const ra of [360, -0]) assert.ok(Object.is(alertOf({}, { ra }).raDeg, 0));
  assert.ok(Object.is(alertOf({}, { dec: -0 }).decDeg, 0));
});

test('cutouts are named always, and given when asked for', () => {
  const stamp = { fileName: 'a.fits.gz', stampData: Uint8Array.of(31, 139) };
  const record = { ...RECORD, cutoutScience: stamp, cutoutTemplate: null, cutoutDifference: stamp };
  assert.deepEqual(alertOf(record).cutoutNames, ['science', 'difference']);
  const result = ztfAdapter.toAlert(record, { ...CONTEXT, withCutouts: true });
  assert.ok(result.ok);
  assert.deepEqual(result.value.cutouts, [
    { name: 'science', bytes: stamp.stampData },
    { name: 'difference', bytes: stamp.stampData },
  ]);
  assert.equal(ztfAdapter.projection({ withCutouts: true })['cutoutScience'], true);
  assert.equal(ztfAdapter.projection({ withCutouts: false })['cutoutScience'], undefined);
});
