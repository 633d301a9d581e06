import { mjdTaiFromJdUtc, njy, njyErrFromMagErr } from '../../core/index.ts';
import type { Alert, Metadata, Result } from '../../core/index.ts';
import type { AdapterContext, AvroRecord, Projection, SurveyAdapter } from './adapter.ts';
import { alertFromDraft } from './alert-draft.ts';
import { CutoutReader } from './cutouts.ts';
import {
  isRecord,
  listIn,
  numberFrom,
  ratioFrom,
  recordIn,
  schemaVersionOf,
  signFrom,
  surveyIdFrom,
} from './fields.ts';
import { metadataFromPacked } from './packet-metadata.ts';
import { njyFromPackedMag, njyPerUnit, noiseNjyFromLimitMag } from './photometry.ts';
import { PointList } from './point-list.ts';
import type { PointDraft } from './point-list.ts';

const SURVEY = 'ztf';
const CUTOUT_FIELDS = {
  science: 'cutoutScience',
  template: 'cutoutTemplate',
  difference: 'cutoutDifference',
} as const;
const CUTOUTS = new CutoutReader(CUTOUT_FIELDS);

/** Band by filter id: 1 = g, 2 = r, 3 = i. */
const BANDS = ['', 'g', 'r', 'i'] as const;
/** Arcsec a pixel: candidate.distnr is in pixels. Source: Masci et al. 2019, doi:10.1088/1538-3873/aae8ac. */
const ARCSEC_PER_PIXEL = 1.012;
/** A reference source within is the alert's own, so that its flux adds to the total. */
const REFERENCE_RADIUS_ARCSEC = 1.5;
/** Forced fluxes of −99999 are placeholders for "not measured". */
const FORCED_PLACEHOLDER = -99_999;
/** Real candids have 15 digits and more, negative ones too; 0, −1, −999 and their like are placeholders. */
const CANDID_MAGNITUDE_MIN = 1_000_000n;

const FIELDS: Projection = {
  schemavsn: true,
  objectId: true,
  candid: true,
  candidate: {
    candid: true,
    jd: true,
    fid: true,
    isdiffpos: true,
    ra: true,
    dec: true,
    magpsf: true,
    sigmapsf: true,
    rb: true,
    drb: true,
    distnr: true,
    magnr: true,
    sigmagnr: true,
    sgscore1: true,
    distpsnr1: true,
    sgmag1: true,
    srmag1: true,
    simag1: true,
    szmag1: true,
    neargaia: true,
    maggaia: true,
  },
  prv_candidates: {
    jd: true,
    fid: true,
    isdiffpos: true,
    magpsf: true,
    sigmapsf: true,
    diffmaglim: true,
    candid: true,
  },
  fp_hists: {
    jd: true,
    fid: true,
    procstatus: true,
    forcediffimflux: true,
    forcediffimfluxunc: true,
    magzpsci: true,
  },
};
const FIELDS_WITH_CUTOUTS: Projection = { ...FIELDS, ...CUTOUTS.projection() };

/**
 * ZTF alerts, schema 1.1 to 4.02. Magnitudes are AB difference magnitudes, signed by isdiffpos; times are Julian Dates
 * UTC at the start of the exposure. The total flux adds the reference source within 1.5 arcsec, errors in quadrature.
 *
 * Forced photometry (from 4.01) is in DN with its own zero point and is taken with processing status "0" only: the
 * other codes are warnings (56: blank pixels near the source) or failures (61, 55: no flux), and are counted but unused.
 *
 * @source github.com/ZwickyTransientFacility/ztf-avro-alert: field meanings; IPAC forced-photometry guide: procstatus
 */
export const ztfAdapter: SurveyAdapter = {
  survey: SURVEY,
  recognises: (schema) => schema.fullName === 'ztf.alert',
  projection: ({ withCutouts }) => (withCutouts ? FIELDS_WITH_CUTOUTS : FIELDS),
  cutoutFields: CUTOUT_FIELDS,
  toAlert,
};

function toAlert(record: AvroRecord, context: AdapterContext): Result<Alert> {
  const candidate = recordIn(record, 'candidate');
  const own = detection(candidate, record['candid'] ?? candidate['candid']);
  const points = new PointList();
  points.add(own);
  addPrevious(points, listIn(record, 'prv_candidates'));
  addForced(points, listIn(record, 'fp_hists'));
  const distnrArcsec = numberFrom(candidate['distnr']) * ARCSEC_PER_PIXEL;
  const isOnReference = distnrArcsec >= 0 && distnrArcsec <= REFERENCE_RADIUS_ARCSEC;
  const referenceNjy = isOnReference ? njyFromPackedMag(numberFrom(candidate['magnr'])) : njy(Number.NaN);
  const referenceErrNjy = njyErrFromMagErr(referenceNjy, numberFrom(candidate['sigmagnr']));
  return alertFromDraft(
    {
      survey: SURVEY,
      schemaVersion: schemaVersionOf(context.schema, record['schemavsn']),
      objectId: surveyIdFrom(record['objectId']),
      raDeg: numberFrom(candidate['ra']),
      decDeg: numberFrom(candidate['dec']),
      own,
      totalFluxNjy: referenceNjy + own.fluxNjy,
      totalFluxErrNjy: referenceErrNjy > 0 ? Math.hypot(referenceErrNjy, own.fluxErrNjy) : Number.NaN,
      realBogusRatio: ratioFrom(candidate['drb']) ?? ratioFrom(candidate['rb']),
      points,
      metadata: metadataOf(candidate, distnrArcsec),
      stated: () => ({
        objectId: { field: 'objectId', value: record['objectId'], unit: '' },
        time: { field: 'candidate.jd', value: candidate['jd'], unit: 'd' },
        ra: { field: 'candidate.ra', value: candidate['ra'], unit: 'deg' },
        dec: { field: 'candidate.dec', value: candidate['dec'], unit: 'deg' },
        band: { field: 'candidate.fid', value: candidate['fid'], unit: '' },
        flux: Number.isNaN(signFrom(candidate['isdiffpos']))
          ? { field: 'candidate.isdiffpos', value: candidate['isdiffpos'], unit: '' }
          : { field: 'candidate.magpsf', value: candidate['magpsf'], unit: 'mag' },
        fluxErr: { field: 'candidate.sigmapsf', value: candidate['sigmapsf'], unit: 'mag' },
      }),
    },
    { record, cutouts: CUTOUTS },
    context,
  );
}

function bandOf(fid: unknown): string {
  return (typeof fid === 'number' ? BANDS[fid] : undefined) ?? '';
}

function candidOf(candid: unknown): bigint | null {
  const id = surveyIdFrom(candid);
  if (typeof id !== 'bigint') return null;
  return id > -CANDID_MAGNITUDE_MIN && id < CANDID_MAGNITUDE_MIN ? null : id;
}

/** @param measured `candidate`, or an element of `prv_candidates` that has a magnitude */
function detection(measured: AvroRecord, candid: unknown): PointDraft {
  const unsignedNjy = njyFromPackedMag(numberFrom(measured['magpsf']));
  return {
    kind: 'detection',
    alertId: candidOf(candid),
    mjdTai: mjdTaiFromJdUtc(numberFrom(measured['jd'])),
    band: bandOf(measured['fid']),
    fluxNjy: signFrom(measured['isdiffpos']) * unsignedNjy,
    fluxErrNjy: njyErrFromMagErr(unsignedNjy, numberFrom(measured['sigmapsf'])),
  };
}

/** Previous candidates: detections have a magnitude, upper limits only the limit of their image. */
function addPrevious(points: PointList, previous: readonly unknown[]): void {
  for (const item of previous) {
    if (!isRecord(item)) continue;
    if (typeof item['magpsf'] === 'number') {
      points.add(detection(item, item['candid']));
    } else {
      points.add({
        kind: 'upperLimit',
        alertId: null,
        mjdTai: mjdTaiFromJdUtc(numberFrom(item['jd'])),
        band: bandOf(item['fid']),
        fluxNjy: 0,
        fluxErrNjy: noiseNjyFromLimitMag(numberFrom(item['diffmaglim'])),
      });
    }
  }
}

function addForced(points: PointList, forced: readonly unknown[]): void {
  for (const item of forced) {
    if (!isRecord(item)) continue;
    const fluxDn = numberFrom(item['forcediffimflux']);
    const isMeasured = item['procstatus'] === '0' && fluxDn !== FORCED_PLACEHOLDER;
    const njyPerDn = isMeasured ? njyPerUnit(numberFrom(item['magzpsci'])) : Number.NaN;
    points.add({
      kind: 'forced',
      alertId: null,
      mjdTai: mjdTaiFromJdUtc(numberFrom(item['jd'])),
      band: bandOf(item['fid']),
      fluxNjy: fluxDn * njyPerDn,
      fluxErrNjy: numberFrom(item['forcediffimfluxunc']) * njyPerDn,
    });
  }
}

function metadataOf(candidate: AvroRecord, distnrArcsec: number): Metadata {
  return metadataFromPacked({
    starGalaxyRatio: candidate['sgscore1'],
    neighbourSeparationArcsec: candidate['distpsnr1'],
    neighbourGMag: candidate['sgmag1'],
    neighbourRMag: candidate['srmag1'],
    neighbourIMag: candidate['simag1'],
    neighbourZMag: candidate['szmag1'],
    referenceSeparationArcsec: distnrArcsec,
    referenceMag: candidate['magnr'],
    gaiaSeparationArcsec: candidate['neargaia'],
    gaiaGMag: candidate['maggaia'],
  });
}
