import path from 'node:path';
import { systemClock } from '../../core/index.ts';
import {
  combinedNovelty,
  cosineDistances,
  energies,
  featureDistances,
  neighbourDoubts,
  noveltyReport,
  peakRssMiB,
  pickRows,
  predictedClasses,
  SafetensorsFile,
  uncertainties,
} from '../../model/index.ts';
import type { NoveltyParts, Rows } from '../../model/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';
import { embedSet, photometryOf } from './embedded-set.ts';
import { fit } from './fit.ts';
import { forestAnswers, PEER_SETTINGS } from './forest-peer.ts';
import type { ForestModel } from './forest-peer.ts';
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

/** Scores of test objects of known classes, and of the class that was left out. */
interface Sides {
  readonly known: Float64Array;
  readonly novel: Float64Array;
}

/** What of Nightjar's tells new objects: see `model/evaluation/novelty-scores.ts` and `combined-novelty.ts`. */
type OwnScores = Readonly<
  Record<'embeddingKnn' | 'neighbourDoubt' | 'uncertainty' | 'energy' | 'featuresKnn' | 'combined', Sides>
>;
/** The same told by scikit-learn from the features: isolation, and 1 − the largest probability. */
type PeerScores = Readonly<Record<'isolation' | ForestModel, Sides>>;

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
  const aurocs = new Map<string, number[]>();
  const rows: string[][] = [];
  for (const className of frequentClasses(set, options.noveltyObjectsMin)) {
    const beginMs = systemClock.monotonicMs();
    const scores = await scoresWithout(className, { set, features, options });
    const line = [className];
    for (const [score, { known, novel }] of Object.entries(scores)) {
      const report = noveltyReport(known, novel);
      const auroc = report?.auroc ?? Number.NaN;
      aurocs.set(score, [...(aurocs.get(score) ?? []), auroc]);
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
  for (const [score, raw] of aurocs) figures[`${score}.auroc`] = { unit: 'ratio', raw };
  const over = (name: string, of: (values: readonly number[]) => number): string[] => [
    name,
    ...[...aurocs.values()].map((values) => of(values).toFixed(3)),
  ];
  rows.push(
    over('mean', (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    over('worst', (values) => Math.min(...values)),
  );
  return {
    name: 'novelty',
    config: {
      ...settingsOf({ ...options }),
      ...(options.python === null ? {} : { peers: PEER_SETTINGS }),
      peakRssMib: peakRssMiB(),
    },
    n: { objects: set.objects.length, classes: set.classes.length, leftOut: rows.length - 2 },
    figures,
    text: textTable(['', ...aurocs.keys()], rows),
  };
}

interface LeaveOut {
  readonly set: PreparedSet;
  readonly features: Rows;
  readonly options: NoveltyOptions;
}

async function scoresWithout(
  className: string,
  { set, features, options }: LeaveOut,
): Promise<OwnScores | (OwnScores & PeerScores)> {
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
  const fitted = photometryOf(await embed(training));
  const fittedFeatures = pickRows(features, training);
  const labels = labelsOfRows(set, training);
  const of = async (rows: readonly number[]) => {
    const embedded = await embed(rows);
    const logits = withoutClass(embedded.logits ?? new Float64Array(), set, className);
    const queries = photometryOf(embedded);
    return {
      embeddingKnn: cosineDistances({ training: fitted, queries }),
      neighbourDoubt: neighbourDoubts({ training: fitted, queries }, labels),
      uncertainty: uncertainties(logits, set.classes.length),
      energy: energies(logits, set.classes.length),
      featuresKnn: featureDistances({ training: fittedFeatures, queries: pickRows(features, rows) }),
      classes: predictedClasses(logits, set.classes.length),
    } satisfies NoveltyParts & Readonly<Record<string, unknown>>;
  };
  const frozen = await of(reference);
  const own = { known: await of(test), novel: await of(novel) };
  const sides = (score: Exclude<keyof OwnScores, 'combined'>): Sides => ({
    known: own.known[score],
    novel: own.novel[score],
  });
  return {
    embeddingKnn: sides('embeddingKnn'),
    neighbourDoubt: sides('neighbourDoubt'),
    uncertainty: sides('uncertainty'),
    energy: sides('energy'),
    featuresKnn: sides('featuresKnn'),
    combined: {
      known: combinedNovelty(frozen, own.known),
      novel: combinedNovelty(frozen, own.novel),
    },
    ...(options.python === null ? {} : await peerScores({ training: others, test, novel }, set, options)),
  };
}

/** Of peers that are fitted on all objects of the other classes: they need none set aside. */
async function peerScores(
  { training, test, novel }: Readonly<Record<'training' | 'test' | 'novel', readonly number[]>>,
  set: PreparedSet,
  { seed, python }: NoveltyOptions,
): Promise<PeerScores> {
  const split = { seed, training, test: [...test, ...novel] };
  const answers = await forestAnswers(set, [split], python ?? '');
  const sides = (name: keyof PeerScores): Sides => {
    const scores = Float64Array.from(answers[name][0]?.novelty ?? []);
    return { known: scores.subarray(0, test.length), novel: scores.subarray(test.length) };
  };
  return { isolation: sides('isolation'), forest: sides('forest'), boosting: sides('boosting') };
}

/** A class that nothing was shown of is never an answer. */
function withoutClass(logits: Float64Array, { classes }: PreparedSet, className: string): Float64Array {
  const own = classes.indexOf(className);
  return logits.map((logit, i) => (i % classes.length === own ? Number.NEGATIVE_INFINITY : logit));
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
