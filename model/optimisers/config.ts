import { z } from 'zod';
import { createAdam } from './adam.ts';
import { createAdamW } from './adam-w.ts';
import { createLars } from './lars.ts';
import type { Optimiser } from './optimiser.ts';
import { DECAY_SCOPES } from './parameter-rules.ts';
import { createSgd } from './sgd.ts';

const keptShare = z.number().min(0).lt(1);
const decay = z.number().min(0).max(10);
const decayScope = z.enum(DECAY_SCOPES);
const epsilon = z.number().positive().max(1).default(1e-8).describe('Added to the root of the second moment');

/**
 * An optimiser. Defaults of `adam` are the published ones of AstroM³, those of `adamW` PyTorch's without decay of biases,
 * those of `lars` the published ones of Barlow Twins.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842; Zbontar et al. 2021, arXiv:2103.03230
 */
export const optimiserSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('adam'),
      beta1: keptShare.default(0.92619).describe('Kept share of the mean of gradients'),
      beta2: keptShare.default(0.999).describe('Kept share of the mean of squared gradients'),
      epsilon,
      weightDecay: decay.default(4.6701e-3).describe('L2 penalty, part of the gradient'),
      decayScope: decayScope.default('all').describe('Parameters that decay'),
    }),
    z.strictObject({
      kind: z.literal('adamW'),
      beta1: keptShare.default(0.9).describe('Kept share of the mean of gradients'),
      beta2: keptShare.default(0.999).describe('Kept share of the mean of squared gradients'),
      epsilon,
      weightDecay: decay.default(0.01).describe('Decay, times the learning rate a step'),
      decayScope: decayScope.default('matrices').describe('Parameters that decay'),
    }),
    z.strictObject({
      kind: z.literal('sgd'),
      momentum: keptShare.default(0.9).describe('Kept share of the velocity'),
      isNesterov: z.boolean().default(false).describe('Whether a step looks ahead along the velocity'),
      weightDecay: decay.default(0).describe('L2 penalty, part of the gradient'),
      decayScope: decayScope.default('all').describe('Parameters that decay'),
    }),
    z.strictObject({
      kind: z.literal('lars'),
      momentum: keptShare.default(0.9).describe('Kept share of the velocity'),
      trustRatio: z
        .number()
        .positive()
        .max(1)
        .default(0.001)
        .describe('Step as a ratio of the parameter, before the rate'),
      weightDecay: decay.default(1.5e-6).describe('L2 penalty, part of the gradient'),
      decayScope: decayScope.default('matrices').describe('Parameters that decay'),
    }),
  ])
  .refine(
    (config) => config.kind !== 'sgd' || !config.isNesterov || config.momentum > 0,
    'isNesterov needs a momentum',
  )
  .readonly();

export type OptimiserConfig = z.infer<typeof optimiserSchema>;
export type OptimiserKind = OptimiserConfig['kind'];
type ConfigOf = { [K in OptimiserKind]: Extract<OptimiserConfig, { readonly kind: K }> };

/** Every kind's factory: a kind without one does not compile. */
const FACTORIES: { readonly [K in OptimiserKind]: (config: ConfigOf[K]) => Optimiser } = {
  adam: createAdam,
  adamW: createAdamW,
  sgd: createSgd,
  lars: createLars,
};

/** The optimiser that a configuration describes. Which parameters decay is for `parameterRules()`. */
export function createOptimiser(config: OptimiserConfig): Optimiser {
  return create(config.kind, config);
}

function create<K extends OptimiserKind>(kind: K, config: ConfigOf[K]): Optimiser {
  return FACTORIES[kind](config);
}

const count = z.int().min(0).max(1e9);
const ratio = z.number().min(0).max(1);
const learningRate = z.number().positive().max(100).describe('Rate after the warm-up');
const warmUpLength = count.describe('Epochs, or steps, in which the rate rises to its full value');
const startRatio = ratio.default(1e-5).describe('Rate at the beginning of the warm-up over the full rate');
const unit = z
  .enum(['steps', 'epochs'])
  .default('epochs')
  .describe('What lengths count; within an epoch a rate that counts epochs stays');

/**
 * A schedule of the learning rate. Defaults of `plateau` are the published ones of AstroM³.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842
 */
export const scheduleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('constant'),
      learningRate,
      unit,
      warmUpLength: warmUpLength.default(0),
      startRatio,
    }),
    z.strictObject({
      kind: z.literal('cosine'),
      learningRate,
      unit,
      warmUpLength: warmUpLength.default(0),
      startRatio,
      decayLength: count.min(1).describe('Epochs, or steps, of the descent that follows the warm-up'),
      floorRatio: ratio.default(0).describe('Rate at the end of the descent over the full rate'),
    }),
    z.strictObject({
      kind: z.literal('plateau'),
      learningRate: learningRate.default(3.921e-3),
      warmUpLength: warmUpLength.default(10).describe('Epochs in which the rate rises to its full value'),
      startRatio,
      factor: z.number().positive().lt(1).default(0.1125).describe('What a reduction multiplies the rate by'),
      patience: count.default(3).describe('Epochs without gain that are let pass'),
      threshold: ratio.default(1e-4).describe('Least gain, as a ratio of the best loss'),
    }),
  ])
  .readonly();

export type ScheduleConfig = z.infer<typeof scheduleSchema>;
