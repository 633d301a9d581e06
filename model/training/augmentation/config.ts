import { z } from 'zod';

const ratio = z.number().min(0).max(1);
const hidden = ratio.default(0).describe('Probability for this modality');

/** How objects are changed before a step sees them; all off by default. Validation sees them as they are. */
export const augmentationSchema = z
  .strictObject({
    cropKeptRatioMin: ratio
      .positive()
      .default(1)
      .describe('Least share of a light curve’s points in the run that is kept; 1 keeps all'),
    droppedPointsRatio: ratio
      .lt(1)
      .default(0)
      .describe('Probability that a point of a light curve is left out'),
    photometryNoiseScale: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('Noise added to fluxes of light curves, in their 1σ errors'),
    shiftedPhase: z
      .boolean()
      .default(false)
      .describe('Whether phases of a folded light curve are counted from a random origin; alerts profile'),
    hiddenSummaryRatio: ratio
      .default(0)
      .describe('Probability that a light curve is shown without the values that sum it up; alerts profile'),
    droppedSummaryRatio: ratio
      .lt(1)
      .default(0)
      .describe('Probability that such a value is left out; alerts profile'),
    spectraNoiseScale: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('Noise added to fluxes of spectra, in their 1σ errors'),
    spectraAddedNoise: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('Noise added to spectra in their own unit of scatter, where they have no errors to go by'),
    spectraTilt: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('σ of a line and a parabola added to spectra, in the same unit: calibration and dust'),
    spectraHiddenRatioMax: ratio
      .lt(1)
      .default(0)
      .describe('Largest share of a spectrum, in one piece, that is hidden'),
    droppedModalities: z
      .strictObject({ photometry: hidden, spectra: hidden, metadata: hidden })
      .prefault({})
      .describe('Probability that an object is shown without a modality; one always stays'),
  })
  .readonly();

export type AugmentationConfig = z.infer<typeof augmentationSchema>;
