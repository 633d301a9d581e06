import path from 'node:path';
import { systemClock } from '../../core/index.ts';
import { classificationReport, meanAndError, peakRssMiB, predictedClasses } from '../../model/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';
import { embedSet } from './embedded-set.ts';
import { fit } from './fit.ts';
import { forestPeer, PEER_SETTINGS } from './forest-peer.ts';
import { settingsOf } from './options.ts';
import type { LearningOptions } from './options.ts';
import { prepareSet, RESAMPLED } from './prepared-set.ts';
import type { PreparedSet } from './prepared-set.ts';
import { AUGMENTATION, CLASSIFIER } from './profiles.ts';
import type { LearningProfile } from './profiles.ts';
import { labelsOfRows, splitRowsOf } from './splits.ts';

export interface LightCurvesOptions extends LearningOptions {
  readonly survey: string | null;
  readonly profiles: readonly LearningProfile[];
  /** Of the alerts profile; the paper profile has its own, which take far longer. */
  readonly seeds: number;
  readonly epochs: number;
  readonly paperSeeds: number;
  readonly paperEpochs: number;
  readonly batchRows: number;
}

/**
 * Classification of labelled light curves of one survey: the photometry encoder of each profile, trained from scratch on
 * the labels, beside a random forest and boosting on the features that the encoder has among its inputs; the same stratified
 * splits by object. `…WithDrawn` tells an object's class by its light curve and those drawn from it together.
 */
export async function lightCurvesBench(options: LightCurvesOptions): Promise<BenchReport> {
  const figures: Record<string, Measured> = {};
  const rows: string[][] = [];
  const add = (name: string, measured: Readonly<Record<string, readonly number[]>>): void => {
    for (const [figure, raw] of Object.entries(measured).filter(([, values]) => values.length > 0))
      figures[`${name}.${figure}`] = { unit: figure === 'seconds' ? 's' : 'ratio', raw };
    rows.push([name, ...['accuracy', 'macroF1'].map((figure) => withError(measured[figure] ?? []))]);
  };
  let n: BenchReport['n'] = {};
  for (const profile of options.profiles) {
    const set = await prepareSet({ ...options, profile, workers: options.threads });
    n = { objects: set.objects.length, classes: set.classes.length };
    const { own, withDrawn } = await classified(set, options);
    add(profile, own);
    if (withDrawn !== null) add(`${profile}WithDrawn`, withDrawn);
    if (profile !== 'alerts' || options.python === null) continue;
    const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
    const splits = seeds.map((seed) => ({ seed, ...splitRowsOf(set, seed) }));
    for (const [name, measured] of Object.entries(await forestPeer(set, splits, options.python)))
      add(name, measured);
  }
  return {
    name: 'light-curves',
    config: {
      ...settingsOf({ ...options }),
      ...(options.python === null ? {} : { peers: PEER_SETTINGS }),
      peakRssMib: peakRssMiB(),
    },
    n,
    figures,
    text: textTable(['', 'accuracy', 'macro-F1'], rows),
  };
}

type Figures = Readonly<Record<'accuracy' | 'macroF1' | 'seconds', number[]>>;

const noFigures = (): Figures => ({ accuracy: [], macroF1: [], seconds: [] });

async function classified(
  set: PreparedSet,
  options: LightCurvesOptions,
): Promise<{ readonly own: Figures; readonly withDrawn: Figures | null }> {
  const isPaper = set.profile === 'paper';
  const seeds = isPaper ? options.paperSeeds : options.seeds;
  const figures = { own: noFigures(), withDrawn: set.resampledFile === null ? null : noFigures() };
  for (let seed = 1; seed <= seeds; seed++) {
    const { training, test } = splitRowsOf(set, seed);
    const beginMs = systemClock.monotonicMs();
    const release = await fit({
      set,
      training,
      recipe: {
        ...{ seed, start: null, modalities: ['photometry'], tokensMax: options.tokensMax },
        objective: { classes: { logitScale: 16 } },
        epochs: isPaper ? options.paperEpochs : options.epochs,
        batchRows: options.batchRows,
        ...(isPaper ? { learningRate: 3e-4, dropout: 0.2 } : CLASSIFIER),
        augmentation: AUGMENTATION[set.profile],
      },
      folder: path.join(options.folder, `run-${set.profile}`),
      threads: options.threads,
    });
    const seconds = (systemClock.monotonicMs() - beginMs) / 1000;
    const embedding = { workers: options.threads, modalities: ['photometry'] };
    const logitsOf = async (from: PreparedSet, rows: readonly number[]): Promise<Float64Array> =>
      (await embedSet(release, from, rows, embedding)).logits ?? new Float64Array();
    const logits = await logitsOf(set, test);
    const tell = (name: keyof typeof figures, given: Float64Array): void => {
      const predicted = predictedClasses(given, set.classes.length);
      const { accuracy, macroF1 } = classificationReport(labelsOfRows(set, test), predicted, set.classes);
      figures[name]?.accuracy.push(accuracy);
      figures[name]?.macroF1.push(macroF1);
      options.onProgress(
        `${set.profile} ${name} seed ${seed}: accuracy ${accuracy.toFixed(4)}, macro-F1 ${macroF1.toFixed(4)}`,
      );
    };
    tell('own', logits);
    figures.own.seconds.push(seconds);
    if (set.resampledFile === null) continue;
    for (let curve = 0; curve < RESAMPLED.curves; curve++) {
      const drawn = await logitsOf(
        { ...set, file: set.resampledFile },
        test.map((row) => row * RESAMPLED.curves + curve),
      );
      for (const [i, logit] of drawn.entries()) logits[i] = (logits[i] ?? 0) + logit;
    }
    tell('withDrawn', logits);
  }
  return figures;
}

/** `0.834 ± 0.006`: mean and standard error of the seeds. */
export function withError(raw: readonly number[]): string {
  const { mean, standardError } = meanAndError(raw);
  return standardError === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
}
