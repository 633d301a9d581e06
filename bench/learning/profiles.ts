import { DEFAULT_ALERTS_ARCHITECTURE, trainingSchema } from '../../model/index.ts';
import type { AlertsArchitecture, TrainingConfig } from '../../model/index.ts';
import { RESAMPLED } from './prepared-set.ts';

/** What is trained: the alerts profile, the same with its light curves never folded, and the reference architecture. */
export const LEARNING_PROFILES = ['alerts', 'alertsWithoutPhase', 'paper'] as const;
export type LearningProfile = (typeof LEARNING_PROFILES)[number];

/** How long and with what a model is trained. */
export interface Recipe {
  readonly profile: LearningProfile;
  readonly tokensMax: number;
  readonly seed: number;
  readonly epochs: number;
  /** Objects that are trained on. */
  readonly rows: number;
  readonly batchRows: number;
  readonly learningRate: number;
  readonly modalities: readonly string[];
  readonly objective: Readonly<Record<string, unknown>>;
  readonly augmentation?: Readonly<Record<string, unknown>>;
  /** Share of elements dropped in every encoder, and behind what sums a light curve up, where that is another. */
  readonly dropout: number;
  readonly summaryDropout?: number;
  /** Share dropped of what attention over points comes to, where that is another. */
  readonly pooledDropout?: number;
  /** Release that is gone on with; `null` draws weights. */
  readonly start: string | null;
  /** Learning rate of all but the head over that of the head; 1 by default. */
  readonly learningRateRatio?: number;
  /** Whose quantiles inputs are encoded by where a release is gone on with; the release's by default. */
  readonly statistics?: 'release' | 'data';
  /** Width that what sums a light curve up is brought to, and layers over its points, where not the shipped release's. */
  readonly photometry?: { readonly hidden: number; readonly layers: number };
  /** Share of the objects set aside to choose the best epoch; 0 trains on all. */
  readonly validationRatio?: number;
}

/**
 * For thousands of labelled light curves: wide, since most is in what sums them up; little of what attention comes to is
 * shown at a time, or it learns them by heart.
 */
export const CLASSIFIER = {
  photometry: { hidden: 512, layers: 1 },
  dropout: 0.1,
  summaryDropout: 0.4,
  pooledDropout: 0.8,
  learningRate: 1e-3,
} as const;

/** For few labels: a head learns fast over encoders that are trained already and hardly move. */
export const FINE_TUNING = { learningRate: 1e-2, learningRateRatio: 0.02 } as const;

/** The augmentation that labels are learned with: little, beside curves drawn again, which the paper profile has none of. */
export const AUGMENTATION = {
  alerts: { droppedPointsRatio: 0.1 },
  alertsWithoutPhase: { droppedPointsRatio: 0.1 },
  paper: { droppedPointsRatio: 0.3, photometryNoiseScale: 0.7 },
} as const satisfies Readonly<Record<LearningProfile, object>>;

/** A recipe as a configuration: AdamW with a cosine schedule after one epoch of warm-up. */
export function trainingOf(recipe: Recipe): TrainingConfig {
  const { profile, tokensMax, seed, epochs, rows, learningRate, modalities, objective, dropout, start } =
    recipe;
  const batchRows = Math.min(recipe.batchRows, rows);
  const stepsPerEpoch = Math.max(1, Math.floor(rows / batchRows));
  const isPaper = profile === 'paper';
  return trainingSchema.parse({
    profile: isPaper ? 'paper' : 'alerts',
    name: 'measured',
    seed,
    modalities,
    ...(start === null && !isPaper ? { alerts: { tokensMax, architecture: architectureOf(recipe) } } : {}),
    ...(start === null && isPaper
      ? { model: { layout: 'corrected', architecture: { attention: 'full' } } }
      : {}),
    start:
      start === null
        ? {}
        : {
            release: start,
            statistics: recipe.statistics ?? 'release',
            learningRateRatio: recipe.learningRateRatio ?? 1,
          },
    objective,
    optimiser: { kind: 'adamW', weightDecay: 0.05 },
    schedule: {
      kind: 'cosine',
      unit: 'steps',
      learningRate,
      warmUpLength: stepsPerEpoch,
      decayLength: Math.max(1, (epochs - 1) * stepsPerEpoch),
      floorRatio: 0.01,
    },
    batch: { rows: batchRows, pieceRows: isPaper ? 8 : 64 },
    accumulation: null,
    epochs,
    clipNormMax: 5,
    dropout: {
      photometry: dropout,
      spectra: dropout,
      metadata: dropout,
      summary: recipe.summaryDropout ?? dropout,
      pooled: recipe.pooledDropout ?? null,
    },
    data: isPaper ? {} : { resampled: RESAMPLED },
    augmentation: isPaper ? paperAugmentation(recipe.augmentation) : (recipe.augmentation ?? {}),
    validationRatio: recipe.validationRatio ?? 0,
    earlyStop: null,
    metricsEverySteps: 100,
    checkpoint: { everyEpochs: 1000 },
  });
}

function architectureOf({ photometry }: Pick<Recipe, 'photometry'>): AlertsArchitecture {
  const { photometry: shipped, ...rest } = DEFAULT_ALERTS_ARCHITECTURE;
  return { ...rest, photometry: { ...shipped, ...photometry } };
}

/** What of an augmentation the profile's inputs have. */
function paperAugmentation({
  droppedPointsRatio = 0,
  photometryNoiseScale = 0,
  droppedModalities = {},
}: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { droppedPointsRatio, photometryNoiseScale, droppedModalities };
}
