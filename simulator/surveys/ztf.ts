import type { SurveyModel } from './survey.ts';

/**
 * The Zwicky Transient Facility's public survey: the northern sky every two nights in g and r half an hour apart, i at
 * every other visit of a field.
 *
 * @source Bellm et al. 2019, doi:10.1088/1538-3873/aaecbe (depths 20.8, 20.6, 19.9; 30 s; 47 deg²; 2.0″; 1.01″ pixels;
 *   electrons per flux from zero point 26.2 and gain 6.2); Bellm et al. 2019, doi:10.1088/1538-3873/ab0c2a (cadence);
 *   Masci et al. 2019, doi:10.1088/1538-3873/aae8ac (30 days of history, ≥ 15 exposures in a reference)
 */
export const ZTF: SurveyModel = {
  name: 'ztf',
  longitudeDeg: -116.863,
  latitudeDeg: 33.356,
  bands: [
    { letter: 'g', wavelengthAngstrom: 4746.5, limitMag: 20.8, electronNjy: 19.4, moonLossMag: 1.3 },
    { letter: 'r', wavelengthAngstrom: 6366.4, limitMag: 20.6, electronNjy: 19.4, moonLossMag: 0.9 },
    { letter: 'i', wavelengthAngstrom: 7829, limitMag: 19.9, electronNjy: 31, moonLossMag: 0.5 },
  ],
  // By pairs of nights: a field has every other night, so that i by single nights would pass half of them over.
  passes: ({ night }) => (Math.floor(night / 2) % 2 === 0 ? ['g', 'r', 'i'] : ['g', 'r']),
  fieldSideDeg: 6.9,
  declinationsDeg: [-28, 84],
  galacticGapDeg: 0,
  cadenceNights: 2,
  closedRatio: 0.22,
  missedRatio: 0.08,
  exposureSeconds: 30,
  slotSeconds: 39,
  passMinutes: 35,
  fwhmArcsec: 2,
  pixelArcsec: 1.012,
  astrometryArcsec: 0.08,
  historyDays: 30,
  templateVisits: 15,
  templateAgeDays: [400, 700],
  brightMag: 12.8,
  depthMag: 20.5,
  subtractionRatio: 0.004,
};
