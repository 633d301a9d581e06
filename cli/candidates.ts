import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import Table from 'cli-table3';
import { objectKey } from '../core/index.ts';
import type { Neighbour, ScoreRecord } from '../core/index.ts';
import { openLmdbStore } from '../streams/index.ts';
import { sparkline } from './sparkline.ts';

const SPARKLINE_WIDTH = 24;

/** The detector that candidates are ranked by. */
const RANKING_DETECTOR = 'knn';

/**
 * The most novel objects of a run, each by its newest score, most novel first; ties by object. The file is read twice, so
 * that only a few numbers per object are held.
 *
 * @param replayFolder the folder of a replay
 */
export async function topCandidates(replayFolder: string, count: number): Promise<readonly ScoreRecord[]> {
  const newest = new Map<
    string,
    { readonly revision: number; readonly novelty: number; readonly line: number }
  >();
  let line = 0;
  for await (const record of scoresOf(replayFolder)) {
    const key = keyOf(record);
    const { revision } = record;
    if ((newest.get(key)?.revision ?? 0) <= revision)
      newest.set(key, { revision, novelty: noveltyOf(record), line });
    line++;
  }
  const ranked = [...newest]
    .sort(([keyA, a], [keyB, b]) => b.novelty - a.novelty || (keyA < keyB ? -1 : 1))
    .slice(0, count);
  const rankByLine = new Map(ranked.map(([, { line: of }], rank) => [of, rank]));
  const top: ScoreRecord[] = [];
  line = 0;
  for await (const record of scoresOf(replayFolder)) {
    const rank = rankByLine.get(line++);
    if (rank !== undefined) top[rank] = record;
  }
  return top;
}

async function* scoresOf(replayFolder: string): AsyncGenerator<ScoreRecord, void> {
  const input = createReadStream(path.join(replayFolder, 'scores.jsonl'));
  for await (const line of createInterface({ input })) yield JSON.parse(line) as ScoreRecord;
}

function keyOf({ survey, objectId }: ScoreRecord): string {
  return objectKey(survey, objectId);
}

/**
 * A ranked table with a one-line light curve for each candidate.
 *
 * @param replayFolder the folder of the replay that the candidates are from
 * @param truth class by object id, where it is known; without it the column is left out
 */
export async function candidateTable(
  candidates: readonly ScoreRecord[],
  replayFolder: string,
  truth: ReadonlyMap<string, string> | null = null,
): Promise<string> {
  const store = await openLmdbStore({ mode: 'read', folder: path.join(replayFolder, 'store') });
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
    const view = await store.object(keyOf(record));
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
  await store.close();
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
