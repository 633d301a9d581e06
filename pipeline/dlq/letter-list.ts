import { isAt } from './stored-letter.ts';
import type { StoredLetter } from './stored-letter.ts';

/** Which letters are meant; what is `null` or empty does not restrict them. */
export interface LetterSelection {
  readonly code: string | null;
  /** ms since 1970 UTC. */
  readonly sinceMs: number | null;
  /** Of packets, or of the letters themselves. */
  readonly positions: readonly string[];
}

export function isSelected(letter: StoredLetter, { code, sinceMs, positions }: LetterSelection): boolean {
  return (
    (code === null || letter.code === code) &&
    (sinceMs === null || (letter.atMs !== null && letter.atMs >= sinceMs)) &&
    (positions.length === 0 || positions.some((position) => isAt(letter, position)))
  );
}

/** Of one code: how many letters, and the bytes of their packets. */
export interface CodeCount {
  readonly code: string;
  readonly letters: number;
  readonly bytes: number;
}

export interface LetterList {
  /** Most letters first. */
  readonly counts: readonly CodeCount[];
  readonly total: number;
  /** The last ones, as many as were asked for, in order; without their packets. */
  readonly rows: readonly Omit<StoredLetter, 'bytes'>[];
}

/** Counts letters by code and keeps the last ones: memory for as many as are asked for. */
export async function listLetters(
  letters: AsyncIterable<StoredLetter>,
  options: { readonly selection: LetterSelection; readonly limit: number },
): Promise<LetterList> {
  const counts = new Map<string, { letters: number; bytes: number }>();
  let rows: Omit<StoredLetter, 'bytes'>[] = [];
  let total = 0;
  for await (const letter of letters) {
    if (!isSelected(letter, options.selection)) continue;
    total++;
    const known = counts.get(letter.code) ?? { letters: 0, bytes: 0 };
    counts.set(letter.code, { letters: known.letters + 1, bytes: known.bytes + letter.byteLength });
    const { place, atMs, code, reason, source, byteLength, sha256 } = letter;
    rows.push({ place, atMs, code, reason, source, byteLength, sha256 });
    if (rows.length >= 2 * options.limit) rows = rows.slice(-options.limit);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y.letters - x.letters || (a < b ? -1 : 1));
  return {
    counts: sorted.map(([code, numbers]) => ({ code, ...numbers })),
    total,
    rows: rows.slice(-options.limit),
  };
}
