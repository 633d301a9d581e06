import { nullable, required } from './avro.ts';
import type { AvroField, AvroSchema } from './avro.ts';

export const ZTF_SCHEMA_VERSION = '4.02';

/** Fields that candidates and their predecessors share; a predecessor may lack each. */
function detectionFields(mayLack: boolean): readonly AvroField[] {
  const own = mayLack ? nullable : required;
  return [
    ...required('double', 'jd'),
    ...required('int', 'fid'),
    ...required('long', 'pid'),
    ...nullable('float', 'diffmaglim'),
    ...nullable('string', 'pdiffimfilename programpi'),
    ...required('int', 'programid'),
    ...own('long', 'candid'),
    ...own('string', 'isdiffpos'),
    ...nullable('long', 'tblid'),
    ...nullable('int', 'nid rcid field'),
    ...nullable('float', 'xpos ypos'),
    ...own('double', 'ra dec'),
    ...own('float', 'magpsf sigmapsf'),
    ...nullable(
      'float',
      'chipsf magap sigmagap distnr magnr sigmagnr chinr sharpnr sky magdiff fwhm classtar',
    ),
    ...nullable('float', 'mindtoedge magfromlim seeratio aimage bimage aimagerat bimagerat elong'),
    ...nullable('int', 'nneg nbad'),
    ...nullable('float', 'rb ssdistnr ssmagnr'),
    ...nullable('string', 'ssnamenr'),
    ...nullable('float', 'sumrat magapbig sigmagapbig'),
    ...own('double', 'ranr decnr'),
  ];
}

const CALIBRATION_FIELDS = 'magzpsci magzpsciunc magzpscirms';

function record(name: string, fields: readonly AvroField[]): AvroSchema {
  return { type: 'record', name, namespace: 'ztf.alert', fields };
}

const CANDIDATE_START = detectionFields(false);

const CANDIDATE_REST = [
  ...nullable('float', 'sgmag1 srmag1 simag1 szmag1 sgscore1 distpsnr1'),
  ...required('int', 'ndethist ncovhist'),
  ...nullable('double', 'jdstarthist jdendhist scorr'),
  ...nullable('int', 'tooflag'),
  ...nullable('long', 'objectidps1 objectidps2'),
  ...nullable('float', 'sgmag2 srmag2 simag2 szmag2 sgscore2 distpsnr2'),
  ...nullable('long', 'objectidps3'),
  ...nullable('float', 'sgmag3 srmag3 simag3 szmag3 sgscore3 distpsnr3'),
  ...required('int', 'nmtchps'),
  ...required('long', 'rfid'),
  ...required('double', 'jdstartref jdendref'),
  ...required('int', 'nframesref'),
  ...required('string', 'rbversion'),
  ...nullable('float', `dsnrms ssnrms dsdiff ${CALIBRATION_FIELDS}`),
  ...required('int', 'nmatches'),
  ...nullable('float', 'clrcoeff clrcounc zpclrcov zpmed clrmed clrrms'),
  ...nullable('float', 'neargaia neargaiabright maggaia maggaiabright exptime drb'),
  ...required('string', 'drbversion'),
];

/** The alert's own candidate, and its fields in two parts: a record's bytes are those of its fields one after the other. */
const CANDIDATE = record('candidate', [...CANDIDATE_START, ...CANDIDATE_REST]);
export const ZTF_CANDIDATE_START = record('candidate_start', CANDIDATE_START);
export const ZTF_CANDIDATE_REST = record('candidate_rest', CANDIDATE_REST);

export const ZTF_PREVIOUS_CANDIDATE = record('prv_candidate', [
  ...detectionFields(true),
  ...nullable('double', 'scorr'),
  ...nullable('float', `${CALIBRATION_FIELDS} clrcoeff clrcounc`),
  ...required('string', 'rbversion'),
]);

export const ZTF_FORCED_PHOTOMETRY = record('fp_hist', [
  ...nullable('int', 'field rcid'),
  ...required('int', 'fid'),
  ...required('long', 'pid rfid'),
  ...nullable('float', `sciinpseeing scibckgnd scisigpix ${CALIBRATION_FIELDS} clrcoeff clrcounc exptime`),
  ...nullable('float', 'adpctdif1 adpctdif2 diffmaglim'),
  ...required('int', 'programid'),
  ...required('double', 'jd'),
  ...nullable('float', 'forcediffimflux forcediffimfluxunc'),
  ...nullable('string', 'procstatus'),
  ...nullable('float', 'distnr'),
  ...required('double', 'ranr decnr'),
  ...nullable('float', 'magnr sigmagnr chinr sharpnr'),
]);

const CUTOUT = record('cutout', [...required('string', 'fileName'), ...required('bytes', 'stampData')]);

/**
 * Writer schema of our ZTF packets: field names, order and types of the survey's version 4.02.
 *
 * @source ZTF Avro alert schema 4.02 (names and types of its fields)
 */
export const ZTF_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'alert',
  namespace: 'ztf',
  doc: 'Simulated alert in the format of the Zwicky Transient Facility',
  version: ZTF_SCHEMA_VERSION,
  fields: [
    ...required('string', 'schemavsn publisher objectId'),
    ...required('long', 'candid'),
    ...required(CANDIDATE, 'candidate'),
    ...nullable({ type: 'array', items: ZTF_PREVIOUS_CANDIDATE }, 'prv_candidates'),
    ...nullable({ type: 'array', items: ZTF_FORCED_PHOTOMETRY }, 'fp_hists'),
    ...nullable(CUTOUT, 'cutoutScience'),
    ...nullable('ztf.alert.cutout', 'cutoutTemplate cutoutDifference'),
  ],
};
