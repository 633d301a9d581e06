import { nullable, required } from './avro.ts';
import type { AvroField, AvroSchema } from './avro.ts';

export const LSST_SCHEMA_VERSION = '10.0';
/** Schema id of version 10.0 on the wire: major × 100 + minor. */
export const LSST_WIRE_ID = 1000;

const NAMESPACE = 'lsst.v10_0';
const BANDS = ['u', 'g', 'r', 'i', 'z', 'y'] as const;
/** Flags of the pixels under a source: of the whole footprint, and of its centre. */
const PIXEL_FLAGS = [
  ...['pixelFlags', 'pixelFlags_bad', 'pixelFlags_cr', 'pixelFlags_crCenter', 'pixelFlags_edge'],
  ...['nodata', 'nodataCenter', 'interpolated', 'interpolatedCenter', 'offimage'].map(ofPixels),
  ...['saturated', 'suspect', 'streak', 'injected', 'injected_template'].flatMap((flag) => [
    ofPixels(flag),
    ofPixels(`${flag}Center`),
  ]),
].join(' ');

function ofPixels(flag: string): string {
  return `pixelFlags_${flag}`;
}

function record(name: string, fields: readonly AvroField[]): AvroSchema {
  return { type: 'record', name, namespace: NAMESPACE, fields };
}

export const LSST_DIA_SOURCE = record('diaSource', [
  ...required('long', 'diaSourceId visit'),
  ...required('int', 'detector'),
  ...nullable('long', 'diaObjectId ssObjectId parentDiaSourceId'),
  ...required('double', 'midpointMjdTai ra'),
  ...nullable('float', 'raErr'),
  ...required('double', 'dec'),
  ...nullable('float', 'decErr ra_dec_Cov'),
  ...required('float', 'x'),
  ...nullable('float', 'xErr'),
  ...required('float', 'y'),
  ...nullable('float', 'yErr'),
  ...nullable('boolean', 'centroid_flag'),
  ...nullable('float', 'apFlux apFluxErr'),
  ...nullable('boolean', 'apFlux_flag apFlux_flag_apertureTruncated isNegative'),
  ...nullable('float', 'snr psfFlux psfFluxErr psfLnL psfChi2'),
  ...nullable('int', 'psfNdata'),
  ...nullable('boolean', 'psfFlux_flag psfFlux_flag_edge psfFlux_flag_noGoodPixels'),
  ...nullable('float', 'trailFlux trailFluxErr'),
  ...nullable('double', 'trailRa'),
  ...nullable('float', 'trailRaErr'),
  ...nullable('double', 'trailDec'),
  ...nullable('float', 'trailDecErr trailLength trailLengthErr trailAngle trailAngleErr trailChi2'),
  ...nullable('int', 'trailNdata'),
  ...nullable('boolean', 'trail_flag_edge'),
  ...nullable('float', 'dipoleMeanFlux dipoleMeanFluxErr dipoleFluxDiff dipoleFluxDiffErr'),
  ...nullable('float', 'dipoleLength dipoleAngle dipoleChi2'),
  ...nullable('int', 'dipoleNdata'),
  ...nullable('float', 'scienceFlux scienceFluxErr'),
  ...nullable('boolean', 'forced_PsfFlux_flag forced_PsfFlux_flag_edge forced_PsfFlux_flag_noGoodPixels'),
  ...nullable('float', 'templateFlux templateFluxErr ixx iyy ixy ixxPSF iyyPSF ixyPSF'),
  ...nullable('boolean', 'shape_flag shape_flag_no_pixels shape_flag_not_contained shape_flag_parent_source'),
  ...nullable('float', 'extendedness reliability'),
  ...nullable('string', 'band'),
  ...nullable('boolean', 'isDipole dipoleFitAttempted'),
  ...required('double', 'timeProcessedMjdTai'),
  ...nullable('double', 'timeWithdrawnMjdTai'),
  ...nullable('int', 'bboxSize'),
  ...nullable('boolean', PIXEL_FLAGS),
  ...nullable('boolean', 'glint_trail'),
]);

export const LSST_DIA_FORCED_SOURCE = record('diaForcedSource', [
  ...required('long', 'diaForcedSourceId diaObjectId'),
  ...required('double', 'ra dec'),
  ...required('long', 'visit'),
  ...required('int', 'detector'),
  ...nullable('float', 'psfFlux psfFluxErr'),
  ...required('double', 'midpointMjdTai'),
  ...nullable('float', 'scienceFlux scienceFluxErr'),
  ...nullable('string', 'band'),
  ...required('double', 'timeProcessedMjdTai'),
  ...nullable('double', 'timeWithdrawnMjdTai'),
]);

export const LSST_DIA_OBJECT = record('diaObject', [
  ...required('long', 'diaObjectId'),
  ...required('double', 'validityStartMjdTai ra'),
  ...nullable('float', 'raErr'),
  ...required('double', 'dec'),
  ...nullable('float', 'decErr ra_dec_Cov'),
  ...BANDS.flatMap((band) => [
    ...nullable('float', `${band}_psfFluxMean ${band}_psfFluxMeanErr ${band}_psfFluxSigma`),
    ...nullable('int', `${band}_psfFluxNdata`),
    ...nullable('float', `${band}_fpFluxMean ${band}_fpFluxMeanErr`),
  ]),
  ...BANDS.flatMap((band) => nullable('float', `${band}_scienceFluxMean ${band}_scienceFluxMeanErr`)),
  ...BANDS.flatMap((band) =>
    nullable('float', `${band}_psfFluxMin ${band}_psfFluxMax ${band}_psfFluxMaxSlope ${band}_psfFluxErrMean`),
  ),
  ...nullable('double', 'firstDiaSourceMjdTai lastDiaSourceMjdTai'),
  ...required('int', 'nDiaSources'),
]);

/** Solar-system context is always null in simulated packets, so one field is enough to give its union two branches. */
const SOLAR_SYSTEM_SOURCE = record('ssSource', nullable('string', 'designation'));
const ORBIT = record('mpc_orbits', nullable('string', 'designation'));

/**
 * Writer schema of our LSST packets: on the wire the same as the survey's version 10.0, so that either schema reads them.
 *
 * @source Rubin Observatory alert packet schema 10.0 (names, order and types of its fields)
 */
export const LSST_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'alert',
  namespace: NAMESPACE,
  doc: 'Simulated alert in the format of Rubin Observatory',
  fields: [
    ...required('long', 'diaSourceId'),
    ...nullable('string', 'observation_reason target_name'),
    ...required(LSST_DIA_SOURCE, 'diaSource'),
    ...nullable({ type: 'array', items: `${NAMESPACE}.diaSource` }, 'prvDiaSources'),
    ...nullable({ type: 'array', items: LSST_DIA_FORCED_SOURCE }, 'prvDiaForcedSources'),
    ...nullable(LSST_DIA_OBJECT, 'diaObject'),
    ...nullable(SOLAR_SYSTEM_SOURCE, 'ssSource'),
    ...nullable(ORBIT, 'mpc_orbits'),
    ...nullable('bytes', 'cutoutDifference cutoutScience cutoutTemplate'),
  ],
};
