import type { ObjectiveConfig } from '../objective.ts';
import type { TrainingSet } from '../data/training-set.ts';

/** Objects that modalities are looked for in. */
export interface Presence {
  readonly present: TrainingSet['present'];
  readonly rows: readonly number[];
}

/** Modalities that a loss finds something in; none: it is 0 whatever the model does. */
export interface Participants {
  /** The loss's key in the configuration. */
  readonly loss: string;
  /** Completes "as it needs …". */
  readonly need: string;
  readonly modalities: readonly string[];
}

/**
 * Looks for what each loss of an objective needs: between modalities and between views two objects at least, which it
 * compares with each other; for classes one.
 *
 * @param names of the modalities that may take part
 * @returns one entry for each loss of the objective
 */
export function participantsOf(
  { clip, barlowTwins, views, classes }: ObjectiveConfig,
  names: readonly string[],
  { present, rows }: Presence,
): readonly Participants[] {
  const count = (...modalities: readonly string[]): number =>
    rows.filter((row) => modalities.every((name) => present[name]?.[row] === true)).length;
  const between: Omit<Participants, 'loss'> = {
    need: 'two modalities that at least 2 objects share',
    modalities: names.filter((name) => names.some((other) => other !== name && count(name, other) >= 2)),
  };
  const from = classes?.from ?? 'all';
  return [
    ...(clip === undefined ? [] : [{ loss: 'clip', ...between }]),
    ...(barlowTwins === undefined ? [] : [{ loss: 'barlowTwins', ...between }]),
    ...(views === undefined
      ? []
      : [
          {
            loss: 'views',
            need: 'a modality of at least 2 objects',
            modalities: names.filter((name) => count(name) >= 2),
          },
        ]),
    ...(classes === undefined
      ? []
      : [
          {
            loss: 'classes',
            need: from === 'all' ? 'an object with a modality' : `an object with ${from}`,
            modalities: names.filter((name) => (from === 'all' || from === name) && count(name) > 0),
          },
        ]),
  ];
}
