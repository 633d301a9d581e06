import type { Alert, Point, SurveyId } from '../../core/index.ts';
import { isIdentifier } from '../surveys/fields.ts';
import { MJD_TAI_MAX, MJD_TAI_MIN } from '../surveys/point-list.ts';

const BAND = /^[a-z]$/;

/**
 * What in an alert that was not made by an adapter cannot be: the end of a sentence, or `null` where all values are
 * such as adapters give.
 */
export function alertFault(alert: Alert): string | null {
  const { objectId, alertId, points, historyCounts } = alert;
  if (alert.survey === '') return 'its survey must be named: current value is ""';
  if (!isId(objectId) || !(alertId === null || isId(alertId))) return 'its identifiers must be printable';
  if (!(alert.raDeg >= 0 && alert.raDeg < 360 && alert.decDeg >= -90 && alert.decDeg <= 90)) {
    return `its position must be on the sky: current value is ${alert.raDeg} deg, ${alert.decDeg} deg`;
  }
  const ownFault = measurementFault({
    ...alert,
    fluxNjy: alert.diffFluxNjy,
    fluxErrNjy: alert.diffFluxErrNjy,
  });
  if (ownFault !== null) return ownFault;
  const { totalFluxNjy, totalFluxErrNjy, realBogusRatio, wavelengthAngstrom } = alert;
  if (![totalFluxNjy, totalFluxErrNjy, wavelengthAngstrom].every((value) => Number.isFinite(value ?? 0))) {
    return 'its numbers must be finite';
  }
  if (realBogusRatio !== null && !(realBogusRatio >= 0 && realBogusRatio <= 1)) {
    return `its real/bogus score must be from 0 to 1: current value is ${realBogusRatio}`;
  }
  if (Object.values(historyCounts).some((count) => count < 0)) return 'its counts must not be negative';
  for (const point of points) {
    const fault = measurementFault(point);
    if (fault !== null) return fault;
    if (point.alertId !== null && !isId(point.alertId)) return 'its points’ identifiers must be printable';
  }
  return null;
}

function isId(id: SurveyId): boolean {
  return typeof id === 'bigint' || isIdentifier(id);
}

function measurementFault(point: Pick<Point, 'mjdTai' | 'band' | 'fluxNjy' | 'fluxErrNjy'>): string | null {
  const { mjdTai, band, fluxNjy, fluxErrNjy } = point;
  if (!(mjdTai >= MJD_TAI_MIN && mjdTai < MJD_TAI_MAX)) {
    return `its times must be from 1990 to 2100: current value is MJD ${mjdTai}`;
  }
  if (!BAND.test(band)) return `its bands must be one letter: current value is "${band.slice(0, 20)}"`;
  if (!(Number.isFinite(fluxNjy) && fluxErrNjy > 0 && Number.isFinite(fluxErrNjy))) {
    return `its fluxes must be finite and their errors above 0: current value is ${fluxNjy} ± ${fluxErrNjy} nJy`;
  }
  return null;
}
