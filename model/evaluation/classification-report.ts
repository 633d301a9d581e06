/** How one class fared. */
export interface ClassFigures {
  readonly className: string;
  /** Objects that are of the class. */
  readonly support: number;
  /** Share of what was called the class that is of it; `null` where nothing was called it. */
  readonly precision: number | null;
  /** Share of the class that was called it; `null` where none is of it. */
  readonly recall: number | null;
  /** 2·TP / (2·TP + FP + FN); `null` where none is of the class and nothing was called it. */
  readonly f1: number | null;
}

/** How predictions compare with the truth. */
export interface ClassificationReport {
  /** Objects. */
  readonly n: number;
  readonly accuracy: number;
  /** Mean recall of the classes that the truth has. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes that the truth has. */
  readonly macroF1: number;
  readonly perClass: readonly ClassFigures[];
  /** [true class][predicted class] objects */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Figures of a classification.
 *
 * @param truth     [n] class numbers
 * @param predicted [n] class numbers
 * @param names     [classes]
 * @throws RangeError if there is no object, or the lengths differ
 */
export function classificationReport(
  truth: Int32Array,
  predicted: Int32Array,
  names: readonly string[],
): ClassificationReport {
  if (truth.length === 0 || truth.length !== predicted.length)
    throw new RangeError(
      `Cannot report on ${truth.length} objects as as many predictions, at least one, are needed: ` +
        `current value is ${predicted.length}`,
    );
  const confusion = names.map(() => names.map(() => 0));
  let right = 0;
  for (let i = 0; i < truth.length; i++) {
    const row = confusion[truth[i]!]!;
    row[predicted[i]!] = row[predicted[i]!]! + 1;
    right += Number(truth[i] === predicted[i]);
  }
  const perClass = names.map((className, own): ClassFigures => {
    const hits = confusion[own]![own]!;
    const support = confusion[own]!.reduce((sum, count) => sum + count, 0);
    const called = confusion.reduce((sum, row) => sum + row[own]!, 0);
    return {
      className,
      support,
      precision: called === 0 ? null : hits / called,
      recall: support === 0 ? null : hits / support,
      f1: support + called === 0 ? null : (2 * hits) / (support + called),
    };
  });
  const present = perClass.filter(({ support }) => support > 0);
  const meanOf = (figure: (of: ClassFigures) => number | null): number =>
    present.reduce((sum, of) => sum + (figure(of) ?? 0), 0) / present.length;
  return {
    n: truth.length,
    accuracy: right / truth.length,
    balancedAccuracy: meanOf(({ recall }) => recall),
    macroF1: meanOf(({ f1 }) => f1),
    perClass,
    confusion,
  };
}
