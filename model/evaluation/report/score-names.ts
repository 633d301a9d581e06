import type { NoveltyScore } from '../tasks/novelty-task.ts';
import type { ProbeName } from '../tasks/probe-task.ts';

/** Scores of novelty as a reader is told of them. */
export const NOVELTY_SCORE_NAMES: { readonly [S in NoveltyScore]: string } = {
  embeddingKnn: 'embedding k-NN',
  neighbourDoubt: 'neighbours’ doubt',
  uncertainty: '1 − max p',
  energy: 'energy',
  featuresKnn: 'features k-NN',
  combined: 'all together',
};

/** Probes as a reader is told of them. */
export const PROBE_NAMES: { readonly [P in ProbeName]: string } = {
  linear: 'linear, embedding',
  knn: 'k-NN, embedding',
  linearFeatures: 'linear, features',
};
