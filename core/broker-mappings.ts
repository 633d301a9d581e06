import type { SurveyMappingInput } from './survey-mapping.ts';

type AlertMappingInput = Extract<SurveyMappingInput, { kind: 'alert' }>;
type MeasurementInput = AlertMappingInput['measurement'];

/** Fluxes are nJy and times TAI, as Rubin's packets have them. */
function lasairLsstMeasurement(id: string): MeasurementInput {
  return {
    id,
    time: { path: 'midpointMjdTai', scale: 'mjdTai' },
    band: { path: 'band', letters: { u: 'u', g: 'g', r: 'r', i: 'i', z: 'z', y: 'y' } },
    flux: { path: 'psfFlux', errPath: 'psfFluxErr', unit: 'njy' },
  };
}

/**
 * Lasair's Kafka streams of Rubin objects, filters with the light curve, "lite" or full: an object and all its
 * measurements, so that the latest is the alert. The lite ones have no source ids, and a filter chooses its own columns:
 * it must choose the object's id and position.
 *
 * @source Lasair documentation, "Alert Streams", "Types of Kafka Streams":
 *   lasair-lsst.readthedocs.io/en/develop/core_functions/alert-streams.html
 */
const LASAIR_LSST: AlertMappingInput = {
  kind: 'alert',
  survey: 'lasair_lsst',
  objectId: ['diaObjectId', 'alert.diaObject.diaObjectId'],
  raDeg: ['alert.diaObject.ra', 'ra'],
  decDeg: ['alert.diaObject.dec', 'alert.diaObject.decl', 'decl', 'dec'],
  measurement: lasairLsstMeasurement('diaSourceId'),
  latestOf: { path: 'alert.diaSourcesList' },
  realBogus: { path: 'reliability' },
  history: [
    {
      path: 'alert.diaSourcesList',
      kind: 'detection',
      measurement: lasairLsstMeasurement('diaSourceId'),
    },
    {
      path: 'alert.diaForcedSourcesList',
      kind: 'forced',
      measurement: lasairLsstMeasurement('diaForcedSourceId'),
    },
  ],
};

/**
 * Fink's rows of ZTF alerts, one or a list of them, as its REST API gives them: `i:` are the fields of ZTF's own packets,
 * without their history.
 *
 * @source Fink documentation, "Columns & classes definition":
 *   fink-broker.readthedocs.io/en/latest/services/search/definitions/; the fields themselves:
 *   github.com/ZwickyTransientFacility/ztf-avro-alert, schema
 */
const FINK_ZTF: AlertMappingInput = {
  kind: 'alert',
  survey: 'fink_ztf',
  statedVersion: 'i:schemavsn',
  objectId: 'i:objectId',
  raDeg: 'i:ra',
  decDeg: 'i:dec',
  measurement: {
    id: 'i:candid',
    time: { path: 'i:jd', scale: 'jdUtc' },
    band: { path: 'i:fid', letters: { 1: 'g', 2: 'r', 3: 'i' } },
    magnitude: { path: 'i:magpsf', errPath: 'i:sigmapsf' },
    sign: { path: 'i:isdiffpos' },
  },
  realBogus: { path: ['i:drb', 'i:rb'] },
  metadata: {
    starGalaxyRatio: 'i:sgscore1',
    neighbourSeparationArcsec: 'i:distpsnr1',
    neighbourGMag: 'i:sgmag1',
    neighbourRMag: 'i:srmag1',
    neighbourIMag: 'i:simag1',
    neighbourZMag: 'i:szmag1',
    referenceMag: 'i:magnr',
    gaiaSeparationArcsec: 'i:neargaia',
    gaiaGMag: 'i:maggaia',
  },
};

/** What brokers send as JSON; a source names one as its mapping. */
export const BROKER_MAPPINGS: readonly SurveyMappingInput[] = [LASAIR_LSST, FINK_ZTF];
