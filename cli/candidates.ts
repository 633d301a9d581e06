import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import Table from 'cli-table3';
import { objectKey } from '../core/index.ts';
import type { Neighbour, ScoreRecord } from '../core/index.ts';
import type { ObjectStore } from '../streams/index.ts';
import { sparkline } from './sparkline.ts';

const SPARKLINE_WIDTH = 24;

/** The detector that candidates are ranked by. */
const RANKING_DETECTOR = 'knn';

/**
 * The most novel objects of a run, each by its newest score, most novel first; ties by object.
 *
 * @param scoresFile `scores.jsonl`
 */
export async function topCandidates(scoresFile: string, count: number): Promise<readonly ScoreRecord[]> {
  const newest = new Map<string, ScoreRecord>();
  for await (const line of createInterface({ input: createReadStream(scoresFile) })) {
    const record = JSON.parse(line) as ScoreRecord;
    const key = objectKey(record.survey, record.objectId);
    if ((newest.get(key)?.revision ?? 0) <= record.revision) newest.set(key, record);
  }
  return [...newest.values()]
    .sort((a, b) => noveltyOf(b) - noveltyOf(a) || (a.objectId < b.objectId ? -1 : 1))
    .slice(0, count);
}

interface TableOptions {
  readonly store: ObjectStore;
  /** Class by object id, where the truth is known; `null` leaves the column out. */
  readonly truth: ReadonlyMap<string, string> | null;
}

/** A ranked table with a one-line light curve for each candidate. */
export async function candidateTable(
  candidates: readonly ScoreRecord[],
  { store, truth }: TableOptions,
): Promise<string> {
  const table = new Table({
    head: [
      '#',
      'object',
      'novelty',
      'seen',
      'points',
      'bands',
      'light curve',
      'nearest',
      ...(truth ? ['truth'] : []),
    ],
    style: { head: [], border: [], compact: true },
    colAligns: ['right', 'left', 'right', 'left', 'right', 'left', 'left', 'left', 'left'],
  });
  for (const [i, record] of candidates.entries()) {
    const view = await store.object(objectKey(record.survey, record.objectId));
    table.push([
      i + 1,
      record.objectId,
      noveltyOf(record).toFixed(4),
      record.mask,
      record.points,
      record.bands,
      sparkline(view?.lightCurve.points ?? [], SPARKLINE_WIDTH),
      labelSummary(record.neighbours),
      ...(truth ? [truth.get(record.objectId) ?? ''] : []),
    ]);
  }
  return table.toString();
}

function noveltyOf(record: ScoreRecord): number {
  return record.novelty.detectors[RANKING_DETECTOR] ?? 0;
}

/** Labels of the neighbours by how often they occur: `6 Mira, 2 CV`. */
function labelSummary(neighbours: readonly Neighbour[]): string {
  const counts = new Map<string, number>();
  for (const { label } of neighbours) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([labelA, a], [labelB, b]) => b - a || (labelA < labelB ? -1 : 1))
    .slice(0, 3)
    .map(([label, count]) => `${count} ${label}`)
    .join(', ');
}
