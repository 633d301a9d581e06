import {
  mjdTai,
  njy,
  Random,
  type JoinedObject,
  type LightCurve,
  type Metadata,
  type Point,
  type PointKind,
  type Spectrum,
} from '../../core/index.ts';

/** A point with what a test does not care about filled in. */
export function point(
  mjd: number,
  fluxNjy: number,
  options: { kind?: PointKind; band?: string; fluxErrNjy?: number } = {},
): Point {
  const { kind = 'detection', band = 'r', fluxErrNjy = 100 } = options;
  return {
    kind,
    alertId: null,
    mjdTai: mjdTai(mjd),
    band,
    fluxNjy: njy(fluxNjy),
    fluxErrNjy: njy(fluxErrNjy),
  };
}

export function lightCurve(points: readonly Point[], survey = 'ztf'): LightCurve {
  return { survey, objectId: 'test', raDeg: 150, decDeg: 20, points };
}

/** A varying light curve in g and r: times are multiples of 1/1024 d, so that shifts by whole days are exact. */
export function varyingLightCurve(count: number, seed: string | number = count): LightCurve {
  const random = Random.forPurpose(seed, 'varying light curve');
  const periodDays = random.between(0.6, 6);
  const points = Array.from({ length: count }, (_, i) => {
    const mjd = 60_000 + 1.5 * i + random.below(1024) / 1024;
    const wave = Math.sin((2 * Math.PI * mjd) / periodDays);
    const flux = 5000 + 2000 * wave + 600 * wave ** 2 + 100 * random.normal();
    return point(mjd, flux, {
      band: i % 2 === 0 ? 'r' : 'g',
      kind: i % 5 === 0 ? 'forced' : 'detection',
      fluxErrNjy: random.between(80, 160),
    });
  });
  return lightCurve(points);
}

export const SOME_METADATA: Metadata = {
  starGalaxyRatio: 0.9,
  gaiaGMag: 17.2,
  parallaxMas: 0.4,
  w1Mag: 14.1,
};

/** A spectrum with a slope, a line and some noise, 3800…9100 Å. */
export function someSpectrum(seed: string | number = 1): Spectrum {
  const random = Random.forPurpose(seed, 'spectrum');
  const wavelengthAngstrom = Float64Array.from({ length: 1500 }, (_, i) => 3800 * Math.exp(i * 0.000582));
  const lineAngstrom = random.between(4500, 8500);
  return {
    spectrumId: `spectrum ${seed}`,
    objectId: null,
    raDeg: null,
    decDeg: null,
    wavelengthAngstrom,
    flux: wavelengthAngstrom.map(
      (at) => 10 - at / 2000 + 8 * Math.exp(-(((at - lineAngstrom) / 20) ** 2)) + 0.3 * random.normal(),
    ),
    fluxErr: wavelengthAngstrom.map(() => 0.3),
  };
}

/** An object with a varying light curve, and spectrum and metadata on request. */
export function joinedObject(
  count: number,
  options: { seed?: string | number; metadata?: Metadata; spectrum?: Spectrum | null } = {},
): JoinedObject {
  const { seed = count, metadata = {}, spectrum = null } = options;
  return { lightCurve: varyingLightCurve(count, seed), metadata, spectrum };
}
