import type { SurveyModel } from './survey.ts';

/**
 * Rubin Observatory's wide, fast, deep survey: pairs of visits in two filters half an hour apart, every third night, filters
 * by the moon.
 *
 * @source Ivezić et al. 2019, doi:10.3847/1538-4357/ab042c, table 1 and 2 (5σ depths per visit, 9.6 deg², 30 s, 0.2″);
 *   Bianco et al. 2022, doi:10.3847/1538-4365/ac3e72 (cadence, pairs); zero points of SMTN-002 (electrons per flux);
 *   DPDD LSE-163 (a year of history)
 */
export const LSST: SurveyModel = {
  name: 'lsst',
  longitudeDeg: -70.749,
  latitudeDeg: -30.245,
  bands: [
    { letter: 'u', wavelengthAngstrom: 3671, limitMag: 23.9, electronNjy: 3, moonLossMag: 1.2 },
    { letter: 'g', wavelengthAngstrom: 4827, limitMag: 25, electronNjy: 0.48, moonLossMag: 1 },
    { letter: 'r', wavelengthAngstrom: 6223, limitMag: 24.7, electronNjy: 0.55, moonLossMag: 0.7 },
    { letter: 'i', wavelengthAngstrom: 7546, limitMag: 24, electronNjy: 0.65, moonLossMag: 0.4 },
    { letter: 'z', wavelengthAngstrom: 8691, limitMag: 23.3, electronNjy: 0.94, moonLossMag: 0.25 },
    { letter: 'y', wavelengthAngstrom: 9712, limitMag: 22.1, electronNjy: 2.3, moonLossMag: 0.1 },
  ],
  passes: ({ moonRatio, night }) => {
    const dark = [
      ['u', 'g'],
      ['g', 'r'],
      ['r', 'i'],
      ['g', 'i'],
      ['r', 'z'],
    ] as const;
    const bright = [
      ['r', 'i'],
      ['i', 'z'],
      ['z', 'y'],
      ['y', 'i'],
    ] as const;
    const pairs = moonRatio < 0.5 ? dark : bright;
    return pairs[night % pairs.length] ?? ['g', 'r'];
  },
  fieldSideDeg: 3.1,
  declinationsDeg: [-62, 3],
  galacticGapDeg: 7,
  cadenceNights: 3,
  closedRatio: 0.18,
  missedRatio: 0.1,
  exposureSeconds: 30,
  slotSeconds: 36,
  passMinutes: 33,
  fwhmArcsec: 0.85,
  pixelArcsec: 0.2,
  astrometryArcsec: 0.02,
  historyDays: 365,
  templateVisits: 12,
  templateAgeDays: [60, 400],
  brightMag: 16.2,
  depthMag: 24.4,
  subtractionRatio: 0.003,
};
