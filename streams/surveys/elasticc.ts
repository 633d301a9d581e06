import type { Alert, Metadata, Result } from '../../core/index.ts';
import type { AdapterContext, AvroRecord, Projection, SurveyAdapter } from './adapter.ts';
import { alertFromDraft } from './alert-draft.ts';
import { CutoutReader } from './cutouts.ts';
import {
  DIA_MEASUREMENT_FIELDS,
  DIA_SOURCE_FIELDS,
  diaNamesOf,
  readDiaPoints,
  statedInDiaSource,
} from './dia-sources.ts';
import { numberFrom, recordIn, surveyIdFrom } from './fields.ts';
import { isPlausible, metadataFromPacked } from './packet-metadata.ts';
import { njyPerUnit } from './photometry.ts';

const SURVEY = 'elasticc';
const CUTOUT_FIELDS = { template: 'cutoutTemplate', difference: 'cutoutDifference' } as const;
const CUTOUTS = new CutoutReader(CUTOUT_FIELDS);
const SCHEMA_NAME = /^elasticc\.v(\d{1,4}(?:_\d{1,4}){1,2})\.alert$/;
/** AB zero point of the light-curve simulator's `FLUXCAL`. */
const SIMULATOR_ZERO_POINT_MAG = 27.5;
const SIMULATOR_NJY_PER_UNIT = njyPerUnit(SIMULATOR_ZERO_POINT_MAG);

const FIELDS: Projection = {
  diaSource: DIA_SOURCE_FIELDS,
  prvDiaSources: { ...DIA_MEASUREMENT_FIELDS, diaSourceId: true },
  prvDiaForcedSources: { ...DIA_MEASUREMENT_FIELDS, diaForcedSourceId: true },
  prvDiaNondetectionLimits: { midPointTai: true, filterName: true, diaNoise: true },
  diaObject: {
    diaObjectId: true,
    mwebv: true,
    z_final: true,
    z_final_err: true,
    hostgal_z: true,
    hostgal_z_err: true,
    hostgal_zspec: true,
    hostgal_zspec_err: true,
    hostgal_zphot: true,
    hostgal_zphot_err: true,
    hostgal_mag_r: true,
    hostgal_snsep: true,
  },
};
const FIELDS_WITH_CUTOUTS: Projection = { ...FIELDS, ...CUTOUTS.projection() };

/** Redshifts by preference: measured spectrum, photometric, the first release's single one, the object's own. */
const REDSHIFT_FIELDS = ['hostgal_zspec', 'hostgal_zphot', 'hostgal_z', 'z_final'] as const;

/**
 * Simulated LSST alerts of the ELAsTiCC challenges, schema 0.9 and 0.9.1.
 *
 * Fluxes come in two scales under one schema name. The first release, whose objects have a single `hostgal_z`, has the
 * simulator's flux with an AB zero point of 27.5; the campaigns since, whose objects have `hostgal_zspec`, have nJy. The
 * errors in our sample of the first release agree: their tenth percentile as 5σ depth is u 23.8, g 25.2, r 24.8, i 24.4,
 * z 23.3, Y 22.6 with 27.5, a Rubin visit's depths, and four magnitudes too deep if they were nJy.
 * The alert's id is its diaSourceId: the top-level `alertId` of the first release is the same in every packet.
 *
 * @source astrolabsoftware/fink-science issue 152 (March 2022: SNANA flux) and issue 243 (October 2022: factor
 *   10^((31.4 − 27.5) / 2.5)); LSSTDESC/elasticc alert_schema; ELASTICC A_FORMAT.TXT: −9 is "not available"
 */
export const elasticcAdapter: SurveyAdapter = {
  survey: SURVEY,
  recognises: (schema) => SCHEMA_NAME.test(schema.fullName),
  projection: ({ withCutouts }) => (withCutouts ? FIELDS_WITH_CUTOUTS : FIELDS),
  cutoutFields: CUTOUT_FIELDS,
  toAlert,
};

function toAlert(record: AvroRecord, context: AdapterContext): Result<Alert> {
  const diaSource = recordIn(record, 'diaSource');
  const diaObject = recordIn(record, 'diaObject');
  const names = diaNamesOf(diaSource);
  const isFirstRelease = typeof diaObject['hostgal_z'] === 'number';
  const scale = isFirstRelease
    ? { names, njyPerUnit: SIMULATOR_NJY_PER_UNIT, unit: '(AB zero point 27.5)' }
    : { names, njyPerUnit: 1, unit: 'nJy' };
  const { own, points } = readDiaPoints(record, diaSource, scale);
  return alertFromDraft(
    {
      survey: SURVEY,
      schemaVersion: (SCHEMA_NAME.exec(context.schema.fullName)?.[1] ?? 'unknown').replaceAll('_', '.'),
      objectId: surveyIdFrom(diaSource['diaObjectId']) ?? surveyIdFrom(diaObject['diaObjectId']),
      raDeg: numberFrom(diaSource['ra']),
      decDeg: numberFrom(diaSource[names.dec]),
      own,
      totalFluxNjy: numberFrom(diaSource[names.totalFlux]) * scale.njyPerUnit,
      totalFluxErrNjy: numberFrom(diaSource[names.totalFluxErr]) * scale.njyPerUnit,
      realBogusRatio: null,
      points,
      metadata: metadataOf(diaObject),
      stated: () => statedInDiaSource(diaSource, scale),
    },
    { record, cutouts: CUTOUTS },
    context,
  );
}

function metadataOf(diaObject: AvroRecord): Metadata {
  const redshift = REDSHIFT_FIELDS.find((field) => isPlausible('hostRedshift', diaObject[field]));
  return metadataFromPacked({
    hostSeparationArcsec: diaObject['hostgal_snsep'],
    hostRedshift: redshift === undefined ? null : diaObject[redshift],
    hostRedshiftErr: redshift === undefined ? null : diaObject[`${redshift}_err`],
    hostMag: diaObject['hostgal_mag_r'],
    milkyWayEbvMag: diaObject['mwebv'],
  });
}
