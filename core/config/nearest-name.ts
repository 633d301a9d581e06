/** So many letters of three may be wrong for a name to be taken for another. */
const WRONG_RATIO_MAX = 1 / 3;

/**
 * The name that was probably meant.
 *
 * @returns `null` where none is near; of several as near, the first
 * @example nearestName('pointMin', ['pointsMax', 'pointsMin']) // 'pointsMin'
 */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestEdits = Math.max(2, Math.floor(name.length * WRONG_RATIO_MAX)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestEdits) continue;
    const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/**
 * Letters to insert, delete or replace.
 *
 * @complexity O(a · b) time, O(b) memory
 * @source Wagner and Fischer 1974, doi:10.1145/321796.321811
 */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (b[column - 1] === a[index] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
