import { interpolated } from './distributions.ts';
import type { Knots } from './distributions.ts';

/** hc/k, Ångström kelvin (CODATA 2018). */
const SECOND_RADIATION_ANGSTROM_KELVIN = 1.438_776_877e8;

/**
 * Surface brightness of a black body per frequency, up to a constant: 1 / (λ³ (e^{hc/λkT} − 1)).
 *
 * @param wavelengthAngstrom > 0
 * @param temperatureKelvin  > 0
 * @source Planck's law
 */
export function planck(wavelengthAngstrom: number, temperatureKelvin: number): number {
  const exponent = SECOND_RADIATION_ANGSTROM_KELVIN / (wavelengthAngstrom * temperatureKelvin);
  return wavelengthAngstrom ** -3 / Math.expm1(Math.min(exponent, 600));
}

/**
 * Flux ratio per frequency of a black body between two wavelengths.
 *
 * @example blackBodyRatio({ temperatureKelvin: 6000, wavelengthAngstrom: 5000, anchorAngstrom: 5000 }) // 1
 */
export function blackBodyRatio(options: {
  readonly temperatureKelvin: number;
  readonly wavelengthAngstrom: number;
  readonly anchorAngstrom: number;
}): number {
  const { temperatureKelvin, wavelengthAngstrom, anchorAngstrom } = options;
  return planck(wavelengthAngstrom, temperatureKelvin) / planck(anchorAngstrom, temperatureKelvin);
}

/**
 * Extinction in magnitudes per magnitude of E(B − V), at ln λ, R_V = 3.1.
 *
 * @source Schlafly & Finkbeiner 2011, doi:10.1088/0004-637X/737/2/103, table 6: LSST u to y, 2MASS J, H, K; beyond it
 *   the curve of Cardelli et al. 1989, doi:10.1086/167900
 */
const EXTINCTION_PER_EBV: Knots = [
  [Math.log(2500), 6.2],
  [Math.log(3000), 4.9],
  [Math.log(3671), 4.145],
  [Math.log(4827), 3.237],
  [Math.log(6223), 2.273],
  [Math.log(7546), 1.684],
  [Math.log(8691), 1.323],
  [Math.log(9712), 1.088],
  [Math.log(12_350), 0.723],
  [Math.log(16_620), 0.46],
  [Math.log(21_590), 0.31],
  [Math.log(33_530), 0.18],
  [Math.log(46_030), 0.16],
];

/** Milky Way extinction at a wavelength, magnitudes. */
export function extinctionMag(wavelengthAngstrom: number, ebvMag: number): number {
  return ebvMag * interpolated(EXTINCTION_PER_EBV, Math.log(wavelengthAngstrom));
}

/** Share of the flux that Milky Way dust lets through, 0–1. */
export function dustTransmissionRatio(wavelengthAngstrom: number, ebvMag: number): number {
  return 10 ** (-0.4 * extinctionMag(wavelengthAngstrom, ebvMag));
}
