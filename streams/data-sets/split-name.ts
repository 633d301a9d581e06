import type { DataSplit } from '../../core/index.ts';

const SPLIT_OF_NAME: ReadonlyMap<string, DataSplit> = new Map([
  ['train', 'training'],
  ['training', 'training'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** What a data set's own word says an object is for; `null` for none and for any other word. */
export function splitOfName(name: string | null): DataSplit | null {
  return SPLIT_OF_NAME.get((name ?? '').trim().toLowerCase()) ?? null;
}

/**
 * What the name of a file or the innermost of its folders says that its objects are for: the first word of it, as in
 * `train-00000-of-00002.parquet`, `val.csv` or `test/part-0.parquet`.
 *
 * @param file path below what the user named
 */
export function splitOfPath(file: string): DataSplit | null {
  for (const part of file.split(/[/\\]/).reverse()) {
    const split = splitOfName(/^[a-z]+/i.exec(part)?.[0] ?? null);
    if (split !== null) return split;
  }
  return null;
}
