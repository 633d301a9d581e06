/** A training of the smallest model of the alerts profile. */
export const SMALL_ALERTS_TRAINING = {
  profile: 'alerts',
  name: 'tiny',
  seed: 'alerts',
  alerts: {
    tokensMax: 24,
    architecture: {
      dimensions: 8,
      photometry: { width: 8, layers: 1, heads: 2, feedForward: 8, hidden: 8 },
      spectrum: { channels: [4], heads: 2 },
      metadata: { hidden: 8 },
    },
  },
  objective: { clip: {}, classes: { count: 2 } },
  optimiser: { kind: 'adamW' },
  schedule: { kind: 'constant', learningRate: 1e-2 },
  batch: { rows: 8, pieceRows: 8 },
  epochs: 2,
  validationRatio: 0.25,
} as const;
