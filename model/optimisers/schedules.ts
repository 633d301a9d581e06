import { z } from 'zod';
import type { ScheduleConfig } from './config.ts';

/** Where a schedule stands between two epochs; plain JSON, part of a checkpoint. */
export const scheduleStateSchema = z
  .strictObject({
    /** Validation losses observed, one an epoch. */
    epochs: z.int().min(0),
    /** Smallest validation loss that counted as a gain; null before the first. */
    lossBest: z.number().nullable(),
    /** Epochs since the last gain or reduction. */
    epochsWithoutGain: z.int().min(0),
    /** Times that the rate was reduced. */
    reductions: z.int().min(0),
  })
  .readonly();

export type ScheduleState = z.infer<typeof scheduleStateSchema>;

/** The learning rate as a pure function of what was observed and of the step. */
export interface Schedule {
  /** The state before the first epoch. */
  readonly initial: ScheduleState;
  /**
   * The learning rate of a step, float64.
   *
   * @param step 1 for the first of the whole training
   */
  rateAt(state: ScheduleState, step: number): number;
  /**
   * The state after an epoch.
   *
   * @param validationLoss ≥ 0; what is not finite is no gain
   */
  observe(state: ScheduleState, validationLoss: number): ScheduleState;
}

const INITIAL: ScheduleState = { epochs: 0, lossBest: null, epochsWithoutGain: 0, reductions: 0 };

type ScheduleKind = ScheduleConfig['kind'];
type ConfigOf = { [K in ScheduleKind]: Extract<ScheduleConfig, { readonly kind: K }> };

/** Every kind's factory: a kind without one does not compile. */
const FACTORIES: { readonly [K in ScheduleKind]: (config: ConfigOf[K]) => Schedule } = {
  constant: createConstant,
  cosine: createCosine,
  plateau: createPlateau,
};

/**
 * The schedule that a configuration describes.
 *
 * @example
 * const schedule = createSchedule(scheduleSchema.parse({ kind: 'plateau' }));
 * schedule.rateAt(schedule.initial, 1) // 3.921e-8
 */
export function createSchedule(config: ScheduleConfig): Schedule {
  return create(config.kind, config);
}

function create<K extends ScheduleKind>(kind: K, config: ConfigOf[K]): Schedule {
  return FACTORIES[kind](config);
}

/** The full rate after a linear warm-up. */
function createConstant(config: ConfigOf['constant']): Schedule {
  return {
    initial: INITIAL,
    rateAt: (state, step) => config.learningRate * warmUpRatio(config, passed(config, state, step)),
    observe: (state) => ({ ...state, epochs: state.epochs + 1 }),
  };
}

/**
 * After a linear warm-up, half a cosine from the full rate down to a floor, where it stays.
 *
 * @source Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5 without restarts
 */
function createCosine(config: ConfigOf['cosine']): Schedule {
  const { learningRate, warmUpLength, decayLength, floorRatio } = config;
  return {
    initial: INITIAL,
    rateAt: (state, step) => {
      const position = passed(config, state, step);
      if (position < warmUpLength) return learningRate * warmUpRatio(config, position);
      const share = Math.min(1, (position - warmUpLength) / decayLength);
      return learningRate * (floorRatio + ((1 - floorRatio) * (1 + Math.cos(Math.PI * share))) / 2);
    },
    observe: (state) => ({ ...state, epochs: state.epochs + 1 }),
  };
}

/**
 * After a linear warm-up, a reduction whenever more than `patience` epochs in a row brought no gain: no loss below
 * (1 − threshold) times the best. Losses of the warm-up do not count.
 *
 * @source PyTorch's ReduceLROnPlateau (mode min, relative threshold, cooldown 0), without its least change of 10⁻⁸
 */
function createPlateau(config: ConfigOf['plateau']): Schedule {
  const { learningRate, warmUpLength, factor, patience, threshold } = config;
  return {
    initial: INITIAL,
    rateAt: ({ epochs, reductions }) => learningRate * warmUpRatio(config, epochs) * factor ** reductions,
    observe: (state, validationLoss) => {
      const next = { ...state, epochs: state.epochs + 1 };
      if (state.epochs < warmUpLength) return next;
      const bound = state.lossBest === null ? Number.POSITIVE_INFINITY : state.lossBest * (1 - threshold);
      if (Number.isFinite(validationLoss) && validationLoss < bound)
        return { ...next, lossBest: validationLoss, epochsWithoutGain: 0 };
      if (state.epochsWithoutGain < patience)
        return { ...next, epochsWithoutGain: state.epochsWithoutGain + 1 };
      return { ...next, epochsWithoutGain: 0, reductions: state.reductions + 1 };
    },
  };
}

/** Steps or epochs before this one. */
function passed({ unit }: { readonly unit: 'steps' | 'epochs' }, state: ScheduleState, step: number): number {
  return unit === 'steps' ? step - 1 : state.epochs;
}

/** Rises evenly from `startRatio` to 1, which it is from `warmUpLength` on. */
function warmUpRatio(
  { warmUpLength, startRatio }: { readonly warmUpLength: number; readonly startRatio: number },
  position: number,
): number {
  if (position >= warmUpLength) return 1;
  return startRatio + ((1 - startRatio) * position) / warmUpLength;
}
