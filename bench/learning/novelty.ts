import path from 'node:path';
import { systemClock } from '../../core/index.ts';
import {
  combinedQuantiles,
  cosineDistances,
  energies,
  entropies,
  featureDistances,
  frozenQuantiles,
  neighbourDoubts,
  noveltyReport,
  peakRssMiB,
  pickRows,
  SafetensorsFile,
  uncertainties,
} from '../../model/index.ts';
import type { Rows } from '../../model/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';
import { embedSet } from './embedded-set.ts';
import { fit } from './fit.ts';
import { settingsOf } from './options.ts';
import type { LearningOptions } from './options.ts';
import { prepareSet } from './prepared-set.ts';
import type { PreparedSet } from './prepared-set.ts';
import { AUGMENTATION, CLASSIFIER } from './profiles.ts';
import { labelsOfRows, splitRowsOf } from './splits.ts';

export interface NoveltyOptions extends LearningOptions {
  readonly survey: string | null;
  /** Classes with at least so many objects are left out in turn. */
  readonly noveltyObjectsMin: number;
  readonly seed: number;
  readonly epochs: number;
  readonly batchRows: number;
}

/**
 * Distance in the embedding, doubt among the neighbours in it, the head's doubt, entropy and energy, and distance in the
 * features; and of the two distances, the neighbours' doubt and the entropy the places among a frozen sample of known objects.
 */
export const NOVELTY_BENCH_SCORES = [
  'embeddingKnn',
  'neighbourDoubt',
  'uncertainty',
  'entropy',
  'energy',
  'featuresKnn',
  'combined',
] as const;
type Score = (typeof NOVELTY_BENCH_SCORES)[number];
type BaseScore = Exclude<Score, 'combined'>;
/** What `combined` is made of. */
const COMBINED = ['embeddingKnn', 'neighbourDoubt', 'entropy', 'featuresKnn'] as const;

/** Share of the known objects that nothing is fitted on: what scores of known objects look like. */
const REFERENCE_RATIO = 0.1;
const MODALITIES = ['photometry'];

/**
 * Leave-one-class-out novelty within one survey: for each frequent class an encoder is trained on the labels of the others,
 * and the class's objects are to score above test objects of the others.
 */
export async function noveltyBench(options: NoveltyOptions): Promise<BenchReport> {
  const set = await prepareSet({ ...options, profile: 'alerts', workers: options.threads });
  const features = await featuresOf(set);
  const figures: Record<string, Measured> = {};
  const aurocs: Record<Score, number[]> = {
    ...{ embeddingKnn: [], neighbourDoubt: [], uncertainty: [], entropy: [], energy: [] },
    ...{ featuresKnn: [], combined: [] },
  };
  const rows: string[][] = [];
  for (const className of frequentClasses(set, options.noveltyObjectsMin)) {
    const beginMs = systemClock.monotonicMs();
    const scores = await scoresWithout(className, { set, features, options });
    const line = [className];
    for (const score of NOVELTY_BENCH_SCORES) {
      const report = noveltyReport(scores.known[score], scores.novel[score]);
      const auroc = report?.auroc ?? Number.NaN;
      aurocs[score].push(auroc);
      figures[`${className}.${score}.auroc`] = { unit: 'ratio', raw: [auroc] };
      figures[`${className}.${score}.averagePrecision`] = {
        unit: 'ratio',
        raw: [report?.averagePrecision ?? Number.NaN],
      };
      figures[`${className}.${score}.recallAt1Percent`] = {
        unit: 'ratio',
        raw: [report?.recallAtFalseAlarms ?? Number.NaN],
      };
      line.push(auroc.toFixed(3));
    }
    figures[`${className}.seconds`] = { unit: 's', raw: [(systemClock.monotonicMs() - beginMs) / 1000] };
    rows.push(line);
    options.onProgress(line.join(' '));
  }
  for (const score of NOVELTY_BENCH_SCORES) figures[`${score}.auroc`] = { unit: 'ratio', raw: aurocs[score] };
  const over = (name: string, of: (values: readonly number[]) => number): string[] => [
    name,
    ...NOVELTY_BENCH_SCORES.map((score) => of(aurocs[score]).toFixed(3)),
  ];
  rows.push(
    over('mean', (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    over('worst', (values) => Math.min(...values)),
  );
  return {
    name: 'novelty',
    config: { ...settingsOf({ ...options }), peakRssMib: peakRssMiB() },
    n: { objects: set.objects.length, classes: set.classes.length, leftOut: rows.length - 2 },
    figures,
    text: textTable(['', ...NOVELTY_BENCH_SCORES], rows),
  };
}

type Scores = Readonly<Record<Score, Float64Array>>;

async function scoresWithout(
  className: string,
  {
    set,
    features,
    options,
  }: { readonly set: PreparedSet; readonly features: Rows; readonly options: NoveltyOptions },
): Promise<{ readonly known: Scores; readonly novel: Scores }> {
  const { seed, epochs, batchRows, tokensMax, threads, folder } = options;
  const isOwn = (row: number): boolean => set.objects[row]?.className === className;
  const split = splitRowsOf(set, seed);
  const others = split.training.filter((row) => !isOwn(row));
  const every = Math.round(1 / REFERENCE_RATIO);
  const training = others.filter((_, i) => i % every !== 0);
  const reference = others.filter((_, i) => i % every === 0);
  const test = split.test.filter((row) => !isOwn(row));
  const novel = [...split.training, ...split.test].filter(isOwn);
  const release = await fit({
    set,
    training,
    recipe: {
      ...{ seed, start: null, modalities: MODALITIES, tokensMax, epochs, batchRows },
      objective: { classes: { logitScale: 16 } },
      ...CLASSIFIER,
      augmentation: AUGMENTATION[set.profile],
    },
    folder: path.join(folder, 'run-novelty'),
    threads,
  });
  const embed = (rows: readonly number[]) =>
    embedSet(release, set, rows, { workers: threads, modalities: MODALITIES });
  const fitted = vectorsOf(await embed(training));
  const fittedFeatures = pickRows(features, training);
  const labels = labelsOfRows(set, training);
  const base = async (rows: readonly number[]): Promise<Record<BaseScore, Float64Array>> => {
    const embedded = await embed(rows);
    const logits = withoutClass(embedded.logits ?? new Float64Array(), set, className);
    return {
      embeddingKnn: cosineDistances({ training: fitted, queries: vectorsOf(embedded) }),
      neighbourDoubt: neighbourDoubts({ training: fitted, queries: vectorsOf(embedded) }, labels),
      uncertainty: uncertainties(logits, set.classes.length),
      entropy: entropies(logits, set.classes.length),
      energy: energies(logits, set.classes.length),
      featuresKnn: featureDistances({ training: fittedFeatures, queries: pickRows(features, rows) }),
    };
  };
  const frozen = await base(reference);
  const combined = async (rows: readonly number[]): Promise<Scores> => {
    const own = await base(rows);
    const quantiles = COMBINED.map((score) => frozenQuantiles(frozen[score], own[score]));
    return { ...own, combined: combinedQuantiles(quantiles) };
  };
  return { known: await combined(test), novel: await combined(novel) };
}

/** A class that nothing was shown of is never an answer. */
function withoutClass(logits: Float64Array, { classes }: PreparedSet, className: string): Float64Array {
  const own = classes.indexOf(className);
  return logits.map((logit, i) => (i % classes.length === own ? Number.NEGATIVE_INFINITY : logit));
}

function vectorsOf(embedded: Awaited<ReturnType<typeof embedSet>>): Rows {
  const { vectors = new Float32Array() } = embedded.modalities['photometry'] ?? {};
  return { width: embedded.dimensions, data: vectors };
}

function frequentClasses({ objects, classes }: PreparedSet, least: number): readonly string[] {
  return classes.filter((name) => objects.filter(({ className }) => className === name).length >= least);
}

async function featuresOf({ file }: PreparedSet): Promise<Rows> {
  const tensors = await SafetensorsFile.open(file);
  try {
    const { data, shape } = await tensors.read('raw.globals');
    if (!(data instanceof Float32Array)) throw new TypeError('Cannot read features as they must be float32');
    return { width: shape[1] ?? 0, data };
  } finally {
    await tensors.close();
  }
}
