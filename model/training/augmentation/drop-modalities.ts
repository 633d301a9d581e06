import type { Random } from '../../../core/index.ts';

/**
 * Which modalities of an object a step is shown: each that is there is left out with its own probability. Where all would
 * go, one of those that are there stays, each equally likely.
 *
 * @param present by modality, whether the object has it
 * @param droppedRatios by modality, in [0, 1]; 0 where it is not named
 * @returns by modality; of a modality that is not there, false
 */
export function dropModalities(
  present: Readonly<Record<string, boolean>>,
  droppedRatios: Readonly<Record<string, number>>,
  random: Random,
): Readonly<Record<string, boolean>> {
  const there = Object.keys(present).filter((modality) => present[modality] === true);
  const kept = there.filter((modality) => random.uniform() >= (droppedRatios[modality] ?? 0));
  const shown = new Set(kept.length === 0 && there.length > 0 ? [random.pick(there)] : kept);
  return Object.fromEntries(Object.keys(present).map((modality) => [modality, shown.has(modality)]));
}
