import { crossFittedLogits } from '../cross-fitted-logits.ts';
import { meanEmbeddings } from '../embedded-objects.ts';
import {
  labelledSplit,
  labelsOf,
  type EvaluationContext,
  type LabelledSplit,
  type Skipped,
} from '../evaluation-context.ts';
import { orderedByDraw } from '../evaluation-split.ts';
import { combinedNovelty, type NoveltyParts } from '../combined-novelty.ts';
import { fitLinearProbe, predictedClasses, probeLogits } from '../linear-probe.ts';
import { noveltyReport, type NoveltyReport } from '../novelty-report.ts';
import {
  cosineDistances,
  energies,
  featureDistances,
  leaveOneOut,
  neighbourDoubts,
  uncertainties,
} from '../novelty-scores.ts';
import { pickRows, type Rows } from '../rows.ts';

/** Each alone, and `combined` of what `combinedNovelty` takes of them. */
export const NOVELTY_SCORES = [
  'embeddingKnn',
  'neighbourDoubt',
  'uncertainty',
  'energy',
  'featuresKnn',
  'combined',
] as const;
export type NoveltyScore = (typeof NOVELTY_SCORES)[number];

/** A class that was left out, and how well each score found it. */
export interface NoveltyRow {
  readonly survey: string;
  readonly className: string;
  readonly scores: { readonly [S in NoveltyScore]?: NoveltyReport };
}

export interface NoveltyFigures {
  /** Objects of the classes that were left out in turn. */
  readonly n: number;
  readonly rows: readonly NoveltyRow[];
  /** Mean over the rows. */
  readonly means: {
    readonly [S in NoveltyScore]?: { readonly auroc: number; readonly recallAtFalseAlarms: number };
  };
}

/**
 * Each class in turn is unknown: what is fitted is fitted without it, and its objects are to score above the test objects of
 * the other classes. All within one survey: objects of another look different whatever they are.
 */
export function noveltyTask(context: EvaluationContext): NoveltyFigures | Skipped {
  const labelled = labelledSplit(context);
  if ('skipped' in labelled) return labelled;
  const { objects, classes, noveltyObjectsMin } = context;
  const means = meanEmbeddings(objects);
  const surveys = [...new Set(objects.surveys)].sort();
  const rows = surveys.flatMap((survey) => {
    const ofSurvey = (all: Int32Array): Int32Array => all.filter((row) => objects.surveys[row] === survey);
    const split = { training: ofSurvey(labelled.training), test: ofSurvey(labelled.test) };
    return classes.names.flatMap((className, own): NoveltyRow[] => {
      const isOwn = (row: number): boolean => classes.classOf[row] === own;
      const novel = Int32Array.of(...split.training.filter(isOwn), ...split.test.filter(isOwn)).sort();
      if (novel.length < noveltyObjectsMin) return [];
      const known = {
        training: split.training.filter((row) => !isOwn(row)),
        test: split.test.filter((row) => !isOwn(row)),
      };
      if (new Set(labelsOf(classes, known.training)).size < 2 || known.test.length === 0) return [];
      return [{ survey, className, scores: scoresWithout(context, { means, known, novel }) }];
    });
  });
  if (rows.length === 0)
    return {
      skipped: `no class has ${noveltyObjectsMin} objects of one survey beside two other classes to know`,
    };
  const n = rows.reduce((sum, { scores }) => sum + (scores.combined?.novel ?? 0), 0);
  return { n, rows, means: meansOf(rows) };
}

/** Of known test objects and of the new ones. */
interface Sides {
  readonly known: Float64Array;
  readonly novel: Float64Array;
}

/** And of the training objects, as if each were new. */
interface Parts extends Sides {
  readonly reference: Float64Array;
}

/** What the scores of one row are computed from. */
interface LeftOut {
  /** Mean embeddings of all objects. */
  readonly means: Rows;
  readonly known: LabelledSplit;
  /** Objects of the class that was left out. */
  readonly novel: Int32Array;
}

function scoresWithout(context: EvaluationContext, leftOut: LeftOut): NoveltyRow['scores'] {
  const { objects, classes } = context;
  const { means, known, novel } = leftOut;
  const byDistance = (rows: Rows, distances: typeof cosineDistances): Parts => {
    const training = pickRows(rows, known.training);
    const of = (queries: Int32Array): Float64Array =>
      distances({ training, queries: pickRows(rows, queries) });
    return { reference: leaveOneOut(distances, training), known: of(known.test), novel: of(novel) };
  };
  const labels = labelsOf(classes, known.training);
  const logits = logitsWithout(context, leftOut);
  const ofLogits = (score: typeof energies): Sides => ({
    known: score(logits.known, classes.names.length),
    novel: score(logits.novel, classes.names.length),
  });
  const embeddingKnn = byDistance(means, cosineDistances);
  const neighbourDoubt = byDistance(means, (options) => neighbourDoubts(options, labels));
  const featuresKnn = objects.features === null ? null : byDistance(objects.features, featureDistances);
  const partsOf = (side: keyof Parts): NoveltyParts => ({
    neighbourDoubt: neighbourDoubt[side],
    embeddingKnn: embeddingKnn[side],
    featuresKnn: featuresKnn === null ? null : featuresKnn[side],
    classes: predictedClasses(logits[side], classes.names.length),
  });
  const combined = (side: keyof Sides): Float64Array => combinedNovelty(partsOf('reference'), partsOf(side));
  const all: { readonly [S in NoveltyScore]?: Sides } = {
    ...{ embeddingKnn, neighbourDoubt, uncertainty: ofLogits(uncertainties), energy: ofLogits(energies) },
    ...(featuresKnn === null ? {} : { featuresKnn }),
    combined: { known: combined('known'), novel: combined('novel') },
  };
  const scores: Partial<Record<NoveltyScore, NoveltyReport>> = {};
  for (const name of NOVELTY_SCORES) {
    const part = all[name];
    const report = part === undefined ? null : noveltyReport(part.known, part.novel);
    if (report !== null) scores[name] = report;
  }
  return scores;
}

/** Of a linear probe on the known training objects, and for these of probes that were not fitted on them. */
function logitsWithout(
  { objects, classes, seed }: EvaluationContext,
  { means, known, novel }: LeftOut,
): Parts {
  const classCount = classes.names.length;
  const rows = pickRows(means, known.training);
  const labels = labelsOf(classes, known.training);
  const probe = fitLinearProbe({ rows, labels, classCount });
  const places = new Map(Array.from(known.training, (row, i) => [row, i] as const));
  const order = orderedByDraw(known.training, objects.ids, `${seed}/folds`).map((row) => places.get(row)!);
  return {
    reference: crossFittedLogits({ rows, labels, classCount, probe, order }),
    known: probeLogits(probe, pickRows(means, known.test)),
    novel: probeLogits(probe, pickRows(means, novel)),
  };
}

function meansOf(rows: readonly NoveltyRow[]): NoveltyFigures['means'] {
  const means: Partial<Record<NoveltyScore, { auroc: number; recallAtFalseAlarms: number }>> = {};
  for (const score of NOVELTY_SCORES) {
    const reports = rows.flatMap(({ scores }) => scores[score] ?? []);
    if (reports.length === 0) continue;
    const mean = (figure: 'auroc' | 'recallAtFalseAlarms'): number =>
      reports.reduce((sum, report) => sum + report[figure], 0) / reports.length;
    means[score] = { auroc: mean('auroc'), recallAtFalseAlarms: mean('recallAtFalseAlarms') };
  }
  return means;
}
