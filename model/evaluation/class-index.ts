/** Classes by number, in order of their names. */
export interface ClassIndex {
  readonly names: readonly string[];
  /** [objects] −1 where the class is not known, or too small to count */
  readonly classOf: Int32Array;
}

/**
 * Numbers the classes that have enough objects.
 *
 * @param objectsMin objects of smaller classes count as unlabelled
 */
export function classIndex(classNames: readonly (string | null)[], objectsMin: number): ClassIndex {
  const counts = new Map<string, number>();
  for (const name of classNames) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].filter(([, count]) => count >= objectsMin).map(([name]) => name);
  // By code units: the same order in every locale.
  names.sort((a, b) => (a < b ? -1 : 1));
  const numbers = new Map(names.map((name, i) => [name, i]));
  return {
    names,
    classOf: Int32Array.from(classNames, (name) => (name === null ? -1 : (numbers.get(name) ?? -1))),
  };
}

/** How many of some objects each class has. */
export function classCounts({ names, classOf }: ClassIndex, objects: Int32Array): Int32Array {
  const counts = new Int32Array(names.length);
  for (const row of objects) {
    const own = classOf[row]!;
    if (own >= 0) counts[own] = counts[own]! + 1;
  }
  return counts;
}

/** Those of some objects whose class counts, in order. */
export function labelledObjects({ classOf }: ClassIndex, objects: Int32Array): Int32Array {
  return objects.filter((row) => classOf[row]! >= 0);
}
