import type { TrainingConfig } from '../config.ts';
import type { TrainingState } from './training-state.ts';

/** What ends a training: its epochs, its limit of steps, or no gain for too long. */
export type TrainingEnd = 'epochs' | 'stepsMax' | 'earlyStop';

/** Why a training is at its end between two steps; `null` while it goes on. */
export function trainingEnd(
  { step, epoch, epochsWithoutGain }: TrainingState,
  { epochs, stepsMax, earlyStop }: Pick<TrainingConfig, 'epochs' | 'stepsMax' | 'earlyStop'>,
): TrainingEnd | null {
  if (epoch >= epochs) return 'epochs';
  if (stepsMax !== null && step >= stepsMax) return 'stepsMax';
  return earlyStop !== null && epochsWithoutGain >= earlyStop.patience ? 'earlyStop' : null;
}
