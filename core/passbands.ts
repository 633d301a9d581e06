const ZTF_ANGSTROM = { g: 4746.5, r: 6366.4, i: 7829.0 };
const LSST_ANGSTROM = { u: 3671, g: 4827, r: 6223, i: 7546, z: 8691, y: 9712 };

/**
 * Effective wavelength by survey and band, Ångström.
 *
 * @source ZTF: SVO Filter Profile Service (Palomar/ZTF.g, .r, .i). LSST: Rubin throughputs baseline v1.9 (effective
 *   wavelengths of the total system). ATLAS: Tonry et al. 2018, doi:10.1088/1538-3873/aabadf. WINTER: Lourie et al.
 *   2020, doi:10.1117/12.2561210. PGIR: 2MASS J, Cohen et al. 2003, doi:10.1086/376474. DECam (DESIRT): Flaugher et
 *   al. 2015, doi:10.1088/0004-6256/150/5/150. Roman (RAPID): centres of the Wide Field Instrument's filters,
 *   roman.gsfc.nasa.gov.
 */
const EFFECTIVE_WAVELENGTH_ANGSTROM: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ztf: ZTF_ANGSTROM,
  fink_ztf: ZTF_ANGSTROM,
  lsst: LSST_ANGSTROM,
  lasair_lsst: LSST_ANGSTROM,
  elasticc: LSST_ANGSTROM,
  atlas: { c: 5330, o: 6790 },
  winter: { y: 10_200, j: 12_500, h: 16_350 },
  pgir: { j: 12_350 },
  desirt: { g: 4770, r: 6420, i: 7840, z: 9260, y: 10_090 },
  rapid: { r: 6200, z: 8690, y: 10_600, j: 12_930, w: 14_640, h: 15_770, f: 18_420, k: 21_250 },
};

/** Used for a band of a survey that is not listed: the letter's usual place in the optical and near infrared. */
const GENERIC_WAVELENGTH_ANGSTROM: Readonly<Record<string, number>> = {
  u: 3600,
  g: 4800,
  c: 5330,
  v: 5480,
  r: 6250,
  o: 6790,
  i: 7600,
  z: 8900,
  y: 10_000,
  j: 12_400,
  h: 16_500,
  k: 21_600,
};

/**
 * Effective wavelength of a survey's band.
 *
 * @param band one lower-case letter
 * @returns Ångström; `null` for a band that no table knows
 */
export function effectiveWavelengthAngstrom(survey: string, band: string): number | null {
  return EFFECTIVE_WAVELENGTH_ANGSTROM[survey]?.[band] ?? GENERIC_WAVELENGTH_ANGSTROM[band] ?? null;
}
