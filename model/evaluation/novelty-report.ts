import { auroc, averagePrecision, recallAtFalseAlarms } from './ranking-figures.ts';

/** Share of known objects that may be called new. */
export const FALSE_ALARM_RATIO = 0.01;

/** How well a score tells new objects from known ones. */
export interface NoveltyReport {
  /** Known and new objects. */
  readonly known: number;
  readonly novel: number;
  readonly auroc: number;
  /** Depends on the share of new objects among all, which is its value by chance. */
  readonly averagePrecision: number;
  /** Share of the new objects found where `FALSE_ALARM_RATIO` of the known ones are called new. */
  readonly recallAtFalseAlarms: number;
}

/**
 * @param known [n] scores of objects of known classes that nothing was fitted on; larger is more novel
 * @param novel [m] scores of objects of the class that was left out
 * @returns `null` where one of them is empty
 */
export function noveltyReport(known: Float64Array, novel: Float64Array): NoveltyReport | null {
  const scores = new Float64Array(known.length + novel.length);
  scores.set(known);
  scores.set(novel, known.length);
  const isNovel = new Uint8Array(scores.length).fill(1, known.length);
  const [area, precision, recall] = [
    auroc(scores, isNovel),
    averagePrecision(scores, isNovel),
    recallAtFalseAlarms(scores, isNovel, FALSE_ALARM_RATIO),
  ];
  if (area === null || precision === null || recall === null) return null;
  return {
    known: known.length,
    novel: novel.length,
    auroc: area,
    averagePrecision: precision,
    recallAtFalseAlarms: recall,
  };
}
