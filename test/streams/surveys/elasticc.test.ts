import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../../core/index.ts';
import { elasticcAdapter } from '../../../streams/surveys/elasticc.ts';

const DIA_SOURCE = {
  diaSourceId: 1_494_043n,
  diaObjectId: 747n,
  midPointTai: 60_674.05,
  filterName: 'Y',
  ra: 49,
  decl: -41,
  psFlux: 100,
  psFluxErr: 10,
};

function alertOf(diaObject: object, version = '0_9'): Alert {
  const result = elasticcAdapter.toAlert(
    { alertId: 1_231_321_321n, diaSource: DIA_SOURCE, prvDiaSources: null, diaObject },
    {
      schema: { fullName: `elasticc.v${version}.alert`, version: null, wireId: null },
      source: { file: 'one.avro', index: 0 },
      withCutouts: false,
    },
  );
  assert.ok(result.ok);
  return result.value;
}

test('the first release has fluxes with zero point 27.5: 100 is 22.5 mag, 10^3.56 nJy', () => {
  const alert = alertOf({ diaObjectId: 747n, hostgal_z: 0.65 });
  assert.ok(Math.abs(alert.diffFluxNjy - 10 ** 3.56) < 1e-9);
  assert.ok(Math.abs(alert.diffFluxErrNjy - 10 ** 2.56) < 1e-9);
  assert.deepEqual(
    [alert.objectId, alert.alertId, alert.band, alert.schemaVersion],
    [747n, 1_494_043n, 'y', '0.9'],
  );
});

test('the campaigns, which tell spectroscopic redshifts apart, have nJy', () => {
  const alert = alertOf({ diaObjectId: 747n, hostgal_zspec: null }, '0_9_1');
  assert.deepEqual([alert.diffFluxNjy, alert.diffFluxErrNjy, alert.schemaVersion], [100, 10, '0.9.1']);
});

test('host and reddening are metadata, −9 and 999 are missing', () => {
  const host = { hostgal_snsep: 0.5, hostgal_mag_r: 24, mwebv: 0.02 };
  assert.deepEqual(
    alertOf({ ...host, hostgal_zspec: -9, hostgal_zphot: 0.6, hostgal_zphot_err: 0.1, z_final: 0.7 })
      .metadata,
    { hostSeparationArcsec: 0.5, hostRedshift: 0.6, hostRedshiftErr: 0.1, hostMag: 24, milkyWayEbvMag: 0.02 },
  );
  assert.deepEqual(
    alertOf({ hostgal_z: -9, hostgal_z_err: -9, hostgal_mag_r: 999, hostgal_snsep: -9, mwebv: 0 }).metadata,
    {},
  );
});
