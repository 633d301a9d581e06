import { BROKER_MAPPINGS } from './broker-mappings.ts';
import type { SurveyMappingInput } from './survey-mapping.ts';

type AlertMappingInput = Extract<SurveyMappingInput, { kind: 'alert' }>;
type MeasurementInput = AlertMappingInput['measurement'];

/** AB minus Vega of the 2MASS bands. Source: Blanton & Roweis 2007, doi:10.1086/510127, Table 1. */
const J_AB_MINUS_VEGA_MAG = 0.91;
const H_AB_MINUS_VEGA_MAG = 1.39;

/**
 * ATLAS. Magnitudes are AB (the packets' schema says so, and the flux beside them is 10^((23.9 − |Mag|) / 2.5) µJy). The
 * sign is the magnitude's own, ATLAS's convention; `isdiffpos` is not used: it is "f" in every sample, also where the
 * difference image shows a positive source. The packed flux error lacks the factor ln(10) / 2.5, so that the error is
 * the magnitude's. The score `rb` is 0 in every sample and left out too. MJD is UTC.
 */
const ATLAS: AlertMappingInput = {
  kind: 'alert',
  survey: 'atlas',
  schemaName: 'atlas\\.alert',
  statedVersion: 'schemavsn',
  objectId: 'objectId',
  raDeg: 'candidate.RA',
  decDeg: 'candidate.Dec',
  measurement: {
    id: 'candid',
    time: { path: 'candidate.mjd', scale: 'mjdUtc' },
    band: { path: 'candidate.filter', letters: { c: 'c', o: 'o' } },
    magnitude: { path: 'candidate.Mag', errPath: 'candidate.Dmag', isFadedWhereNegative: true },
  },
  cutouts: { science: 'cutoutScience', template: 'cutoutTemplate', difference: 'cutoutDifference' },
};

/** @param prefix path of the record that holds the measured fields, with its dot */
function winterMeasurement(prefix: string, letters: Readonly<Record<string, string>>): MeasurementInput {
  return {
    id: 'candid',
    time: { path: `${prefix}jd`, scale: 'jdUtc' },
    band: { path: `${prefix}fid`, letters: { ...letters } },
    magnitude: {
      path: `${prefix}magpsf`,
      errPath: `${prefix}sigmapsf`,
      system: 'Vega',
      abMinusVegaMag: { y: 0, j: J_AB_MINUS_VEGA_MAG, h: H_AB_MINUS_VEGA_MAG },
    },
    sign: { path: `${prefix}isdiffpos` },
  };
}

function winter(letters: Readonly<Record<string, string>>): Omit<AlertMappingInput, 'cutouts'> {
  return {
    kind: 'alert',
    survey: 'winter',
    schemaName: 'winter\\.alert',
    statedVersion: 'schemavsn',
    objectId: ['objectid', 'objectId'],
    raDeg: 'candidate.ra',
    decDeg: 'candidate.dec',
    measurement: winterMeasurement('candidate.', letters),
    realBogus: { path: 'candidate.rb' },
    history: [{ path: 'prv_candidates', kind: 'detection', measurement: winterMeasurement('', letters) }],
    metadata: {
      starGalaxyRatio: 'candidate.sgscore1',
      neighbourSeparationArcsec: 'candidate.distpsnr1',
      neighbourGMag: 'candidate.sgmag1',
      neighbourRMag: 'candidate.srmag1',
      neighbourIMag: 'candidate.simag1',
      neighbourZMag: 'candidate.szmag1',
      jMag: 'candidate.tmjmag1',
      hMag: 'candidate.tmhmag1',
      kMag: 'candidate.tmkmag1',
      gaiaSeparationArcsec: 'candidate.neargaia',
      gaiaGMag: 'candidate.maggaia',
    },
  };
}

/**
 * WINTER. J and H are calibrated against 2MASS (Vega), Y against Pan-STARRS (AB): github.com/winter-telescope/mirar,
 * pipelines/winter/generator/photometry.py. Filter ids count from 1, other than the packets' schema says:
 * winter_filters_map there, and skyportal/kowalski pull request 283. `jd` is UTC.
 */
const WINTER: AlertMappingInput = {
  ...winter({ 1: 'y', 2: 'j', 3: 'h' }),
  cutouts: { science: 'cutout_science', template: 'cutout_template', difference: 'cutout_difference' },
};

/**
 * WINTER's test packets of 2021, schema 0.1: filter ids count from 0, as their schema says. Some have no filter and are
 * incomplete; their previous candidates never have one, and are counted only. Asked before the other.
 */
const WINTER_TEST: AlertMappingInput = {
  ...winter({ 0: 'y', 1: 'j', 2: 'h' }),
  schemaVersion: '0\\.1',
  cutouts: { science: 'cutoutScience', template: 'cutoutTemplate', difference: 'cutoutDifference' },
};

/** @param prefix path of the record that holds the measured fields, with its dot */
function pgirMeasurement(prefix: string): MeasurementInput {
  return {
    id: 'candid',
    time: { path: `${prefix}jd`, scale: 'jdUtc' },
    band: { letter: 'j' },
    magnitude: {
      path: `${prefix}magpsf`,
      errPath: `${prefix}sigmapsf`,
      system: 'Vega',
      abMinusVegaMag: { j: J_AB_MINUS_VEGA_MAG },
    },
    sign: { path: `${prefix}isdiffpos` },
    limitMagPath: `${prefix}diffmaglim`,
  };
}

/**
 * Palomar Gattini-IR: one filter, J, calibrated against 2MASS (Vega). Source: De et al. 2020,
 * doi:10.1088/1538-3873/ab6069. `jd` is UTC; 60 stands for "no 2MASS source", as the schema says.
 */
const PGIR: AlertMappingInput = {
  kind: 'alert',
  survey: 'pgir',
  schemaName: 'pgir\\.alert',
  objectId: 'objectId',
  raDeg: 'candidate.ra',
  decDeg: 'candidate.dec',
  measurement: pgirMeasurement('candidate.'),
  realBogus: { path: 'candidate.drb' },
  history: [{ path: 'prv_candidates', kind: 'detection', measurement: pgirMeasurement('') }],
  metadata: { neighbourSeparationArcsec: 'candidate.tmdist1', jMag: 'candidate.tmmag1' },
  missingValues: [60],
  cutouts: { science: 'cutoutScience', template: 'cutoutTemplate', difference: 'cutoutDifference' },
};

/** @param prefix path of the record that holds the measured fields, with its dot */
function desirtMeasurement(prefix: string, id: string | null): MeasurementInput {
  return {
    id,
    time: { path: `${prefix}mjd`, scale: 'mjdUtc' },
    band: { path: `${prefix}band`, letters: { g: 'g', r: 'r', i: 'i', z: 'z', Y: 'y', y: 'y' } },
    flux: { path: `${prefix}forcediffimflux`, errPath: `${prefix}forcediffimfluxunc`, unit: 'ujy' },
  };
}

/**
 * DESIRT, DECam. Forced fluxes are µJy: the AB magnitude beside them is 23.9 − 2.5 log10(flux), and `psfFlux`, where it is
 * there, is the same in nJy. Forced photometry is signed, so that `isdiffpos` is not applied on top. MJD is DECam's, UTC.
 */
const DESIRT: AlertMappingInput = {
  kind: 'alert',
  survey: 'desirt',
  schemaName: 'desirt\\.alert',
  objectId: 'objectId',
  raDeg: 'candidate.ra',
  decDeg: 'candidate.dec',
  measurement: desirtMeasurement('candidate.', 'candid'),
  realBogus: { path: 'candidate.reliability' },
  history: [{ path: 'fp_hists', kind: 'forced', measurement: desirtMeasurement('', null) }],
  cutouts: { science: 'cutoutScience', template: 'cutoutTemplate', difference: 'cutoutDifference' },
};

/** Both spellings of Roman's filters. Source: the Wide Field Instrument's filter names, roman.gsfc.nasa.gov. */
const ROMAN_LETTERS = {
  ...{ F062: 'r', F087: 'z', F106: 'y', F129: 'j', F146: 'w', F158: 'h', F184: 'f', F213: 'k' },
  ...{ R062: 'r', Z087: 'z', Y106: 'y', J129: 'j', W146: 'w', H158: 'h', K213: 'k' },
};

/** @param prefix path of the record that holds the measured fields, with its dot */
function rapidDetection(prefix: string): MeasurementInput {
  return {
    id: `${prefix}diaSourceId`,
    time: { path: `${prefix}midpointMjd`, scale: 'mjdUtc' },
    band: { path: `${prefix}band`, letters: ROMAN_LETTERS },
    flux: { path: `${prefix}psfFlux`, errPath: `${prefix}psfFluxErr`, unit: 'njy' },
    sign: { path: `${prefix}isNegative`, trueMeans: 'fainter' },
  };
}

/**
 * Roman RAPID. Fluxes are nJy and times UTC by the packets' schema; a source's flux is unsigned beside `isNegative`,
 * forced fluxes are signed.
 */
const RAPID: AlertMappingInput = {
  kind: 'alert',
  survey: 'rapid',
  schemaName: 'rapid\\.v\\d+_\\d+\\.alert',
  statedVersion: 'schemaVersion',
  objectId: ['diaSource.diaObjectId', 'diaObject.diaObjectId'],
  raDeg: 'diaSource.ra',
  decDeg: 'diaSource.dec',
  measurement: rapidDetection('diaSource.'),
  totalFlux: { path: 'diaSource.scienceFlux', errPath: 'diaSource.scienceFluxErr', unit: 'njy' },
  realBogus: { path: 'diaSource.reliability' },
  history: [
    { path: 'prvDiaSources', kind: 'detection', measurement: rapidDetection('') },
    {
      path: 'prvDiaForcedSources',
      kind: 'forced',
      measurement: { ...rapidDetection(''), id: 'diaForcedSourceId', sign: null },
    },
  ],
  cutouts: { science: 'cutoutScience', template: 'cutoutReference', difference: 'cutoutDifference' },
};

/** VAST on ASKAP: radio fluxes, which no optical light curve can take in. */
const ASKAP: SurveyMappingInput = {
  kind: 'refusal',
  survey: 'askap',
  schemaName: 'askap\\.alert',
  reason: 'its fluxes are radio and have no optical or infrared band',
};

/** The surveys that come mapped; a configuration's own mappings stand before them. */
export const DEFAULT_SURVEY_MAPPINGS: readonly SurveyMappingInput[] = [
  ATLAS,
  WINTER_TEST,
  WINTER,
  PGIR,
  DESIRT,
  RAPID,
  ASKAP,
  ...BROKER_MAPPINGS,
];
