import { UNIX_EPOCH_MJD } from '../../core/index.ts';
import type { AvroRecord, Projection } from './adapter.ts';
import type { RequiredValue, StatedValue } from './alert-draft.ts';
import { bandFrom, isRecord, listIn, numberFrom, surveyIdFrom } from './fields.ts';
import { PointList } from './point-list.ts';
import type { PointDraft } from './point-list.ts';

/** Names of the measured fields of a DIA source: Rubin changed them with schema 5.0. */
export interface DiaNames {
  readonly time: string;
  readonly band: string;
  readonly dec: string;
  readonly flux: string;
  readonly fluxErr: string;
  readonly totalFlux: string;
  readonly totalFluxErr: string;
}

const NAMES_FROM_5_0: DiaNames = {
  time: 'midpointMjdTai',
  band: 'band',
  dec: 'dec',
  flux: 'psfFlux',
  fluxErr: 'psfFluxErr',
  totalFlux: 'scienceFlux',
  totalFluxErr: 'scienceFluxErr',
};
const NAMES_BEFORE_5_0: DiaNames = {
  time: 'midPointTai',
  band: 'filterName',
  dec: 'decl',
  flux: 'psFlux',
  fluxErr: 'psFluxErr',
  totalFlux: 'totFlux',
  totalFluxErr: 'totFluxErr',
};

/** The names that a packet's source uses; those of today for a source that has neither. */
export function diaNamesOf(diaSource: AvroRecord): DiaNames {
  const old = diaSource['midPointTai'] ?? diaSource['psFlux'] ?? null;
  return old === null ? NAMES_FROM_5_0 : NAMES_BEFORE_5_0;
}

/** Fields of one measurement under all their names. */
export const DIA_MEASUREMENT_FIELDS: Projection = {
  midpointMjdTai: true,
  midPointTai: true,
  band: true,
  filterName: true,
  psfFlux: true,
  psfFluxErr: true,
  psFlux: true,
  psFluxErr: true,
};

/** Fields of the alert's own source, besides its measurement. */
export const DIA_SOURCE_FIELDS: Projection = {
  ...DIA_MEASUREMENT_FIELDS,
  diaSourceId: true,
  diaObjectId: true,
  ra: true,
  dec: true,
  decl: true,
  scienceFlux: true,
  scienceFluxErr: true,
  totFlux: true,
  totFluxErr: true,
};

/** No MJD is as late, and no survey's time in seconds since 1970 is as early. */
const UNIX_SECONDS_MIN = 1e8;
const SECONDS_PER_DAY = 86_400;

/**
 * Midpoint of an exposure, MJD TAI. Packets made before schema 8.0 by the alert_packet project hold seconds since 1970
 * where the schema says MJD; the two ranges are apart by a factor of thousand, so that they cannot be confused.
 */
function mjdTaiFromMidpoint(midpoint: number): number {
  return midpoint >= UNIX_SECONDS_MIN ? UNIX_EPOCH_MJD + midpoint / SECONDS_PER_DAY : midpoint;
}

/** How a packet's fluxes are to be read. */
export interface DiaScale {
  readonly names: DiaNames;
  readonly njyPerUnit: number;
  /** Unit of the fluxes as packed, for rejections. */
  readonly unit: string;
}

/** What a measurement is, by the field of its own id. */
const KIND_BY_ID = { diaSourceId: 'detection', diaForcedSourceId: 'forced' } as const;
type DiaIdField = keyof typeof KIND_BY_ID;

/** The alert's own measurement and its history; the own one is the first of the points. */
export function readDiaPoints(
  record: AvroRecord,
  diaSource: AvroRecord,
  scale: DiaScale,
): { readonly own: PointDraft; readonly points: PointList } {
  const own = measurement(diaSource, 'diaSourceId', scale);
  const points = new PointList();
  points.add(own);
  addHistory(points, { items: listIn(record, 'prvDiaSources'), idField: 'diaSourceId' }, scale);
  addHistory(points, { items: listIn(record, 'prvDiaForcedSources'), idField: 'diaForcedSourceId' }, scale);
  addLimits(points, listIn(record, 'prvDiaNondetectionLimits'), scale);
  return { own, points };
}

/** The required values of a source as packed. */
export function statedInDiaSource(
  diaSource: AvroRecord,
  { names, unit }: DiaScale,
): Readonly<Record<RequiredValue, StatedValue>> {
  const stated = (field: string, unitOfField: string): StatedValue => ({
    field: `diaSource.${field}`,
    value: diaSource[field],
    unit: unitOfField,
  });
  return {
    objectId: stated('diaObjectId', ''),
    time: stated(names.time, 'd'),
    ra: stated('ra', 'deg'),
    dec: stated(names.dec, 'deg'),
    band: stated(names.band, ''),
    flux: stated(names.flux, unit),
    fluxErr: stated(names.fluxErr, unit),
  };
}

function measurement(source: AvroRecord, idField: DiaIdField, { names, njyPerUnit }: DiaScale): PointDraft {
  return {
    kind: KIND_BY_ID[idField],
    alertId: surveyIdFrom(source[idField]),
    mjdTai: mjdTaiFromMidpoint(numberFrom(source[names.time])),
    band: bandFrom(source[names.band]),
    fluxNjy: numberFrom(source[names.flux]) * njyPerUnit,
    fluxErrNjy: numberFrom(source[names.fluxErr]) * njyPerUnit,
  };
}

/** Measurements that the survey has withdrawn since are counted, and not used. */
function addHistory(
  points: PointList,
  history: { readonly items: readonly unknown[]; readonly idField: DiaIdField },
  scale: DiaScale,
): void {
  for (const item of history.items) {
    if (!isRecord(item)) continue;
    if (numberFrom(item['timeWithdrawnMjdTai']) > 0) points.counts[KIND_BY_ID[history.idField]] += 1;
    else points.add(measurement(item, history.idField, scale));
  }
}

/** Upper limits of schemas before 8.0: the average noise of the image near the object, as 1σ. */
function addLimits(points: PointList, items: readonly unknown[], { names, njyPerUnit }: DiaScale): void {
  for (const item of items) {
    if (!isRecord(item)) continue;
    points.add({
      kind: 'upperLimit',
      alertId: null,
      mjdTai: mjdTaiFromMidpoint(numberFrom(item[names.time])),
      band: bandFrom(item[names.band]),
      fluxNjy: 0,
      fluxErrNjy: numberFrom(item['diaNoise']) * njyPerUnit,
    });
  }
}
