import path from 'node:path';
import {
  classificationReport,
  fitLinearProbe,
  peakRssMiB,
  predictedClasses,
  probeLogits,
} from '../../model/index.ts';
import type { Release, Rows } from '../../model/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';
import { classesTold, embedSet, photometryOf } from './embedded-set.ts';
import { fit } from './fit.ts';
import { withError } from './light-curves.ts';
import { settingsOf } from './options.ts';
import type { LearningOptions } from './options.ts';
import { prepareSet } from './prepared-set.ts';
import type { PreparedSet } from './prepared-set.ts';
import { AUGMENTATION, CLASSIFIER, FINE_TUNING } from './profiles.ts';
import { labelledRows, labelsOfRows, splitRowsOf } from './splits.ts';
import type { RowsOfSplit } from './splits.ts';

export interface ViewsOptions extends LearningOptions {
  readonly survey: string | null;
  readonly seeds: number;
  /** Of the warm-up, without labels. */
  readonly epochs: number;
  /** Times that all labels would be gone through; a share of them is so many times over its root. */
  readonly labelEpochs: number;
  readonly labelRatios: readonly number[];
  readonly batchRows: number;
}

const MODALITIES = ['photometry'];
/** What makes two views of a light curve. */
const DISTORTION = {
  ...{ cropKeptRatioMin: 0.6, droppedPointsRatio: 0.3, photometryNoiseScale: 0.7, shiftedPhase: true },
  ...{ hiddenSummaryRatio: 0.1, droppedSummaryRatio: 0.2 },
};
/** The cross-correlations of a small batch are noisy: about 1 / dimensions. */
const REDUNDANCY_WEIGHT = 0.0078;

/**
 * The photometry encoder warmed up on two views of each light curve, without labels: a linear probe on it with all labels,
 * and few labels learned from it and from scratch.
 */
export async function viewsBench(options: ViewsOptions): Promise<BenchReport> {
  const set = await prepareSet({ ...options, profile: 'alerts', workers: options.threads });
  const measures = new Map<string, number[]>();
  const add = (figure: string, value: number): void => {
    measures.set(figure, [...(measures.get(figure) ?? []), value]);
  };
  for (let seed = 1; seed <= options.seeds; seed++) {
    const split = splitRowsOf(set, seed);
    const context = { set, split, seed, options };
    const folder = path.join(options.folder, 'run-views');
    const release = await fit({
      ...{ set, folder, training: split.training, threads: options.threads },
      recipe: {
        ...{ ...CLASSIFIER, seed, start: null, modalities: MODALITIES, tokensMax: options.tokensMax },
        objective: { views: { redundancyWeight: REDUNDANCY_WEIGHT } },
        ...{ epochs: options.epochs, batchRows: options.batchRows },
        augmentation: DISTORTION,
      },
    });
    for (const [figure, value] of Object.entries(await probed(release, context)))
      add(`probe.${figure}`, value);
    for (const ratio of options.labelRatios)
      for (const [way, start] of [
        ['warmedUp', path.join(folder, 'release')],
        ['scratch', null],
      ] as const) {
        const { accuracy, macroF1 } = await fewLabels(ratio, start, context);
        add(`labels${Math.round(100 * ratio)}.${way}.accuracy`, accuracy);
        add(`labels${Math.round(100 * ratio)}.${way}.macroF1`, macroF1);
      }
    options.onProgress(
      `seed ${seed}: ${[...measures].map(([key, values]) => `${key} ${(values.at(-1) ?? 0).toFixed(3)}`).join(', ')}`,
    );
  }
  const figures = Object.fromEntries(
    [...measures].map(([figure, raw]): [string, Measured] => [figure, { unit: 'ratio', raw }]),
  );
  return {
    name: 'views',
    config: { ...settingsOf({ ...options }), peakRssMib: peakRssMiB() },
    n: { objects: set.objects.length, classes: set.classes.length },
    figures,
    text: textTable(
      ['figure', 'mean ± standard error'],
      [...measures].map(([figure, raw]) => [figure, withError(raw)]),
    ),
  };
}

interface Context {
  readonly set: PreparedSet;
  readonly split: RowsOfSplit;
  readonly seed: number;
  readonly options: ViewsOptions;
}

/** Logistic regression on embeddings that saw no label. */
async function probed(
  release: Release,
  { set, split: { training, test }, options }: Context,
): Promise<Readonly<Record<'accuracy' | 'macroF1', number>>> {
  const vectorsOf = async (rows: readonly number[]): Promise<Rows> =>
    photometryOf(await embedSet(release, set, rows, { workers: options.threads, modalities: MODALITIES }));
  const classCount = set.classes.length;
  const probe = fitLinearProbe({
    rows: await vectorsOf(training),
    labels: labelsOfRows(set, training),
    classCount,
  });
  const predicted = predictedClasses(probeLogits(probe, await vectorsOf(test)), classCount);
  const { accuracy, macroF1 } = classificationReport(labelsOfRows(set, test), predicted, set.classes);
  return { accuracy, macroF1 };
}

async function fewLabels(ratio: number, start: string | null, { set, split, seed, options }: Context) {
  const release = await fit({
    set,
    training: labelledRows(set, split.training, { seed, ratio }),
    recipe: {
      ...{ ...CLASSIFIER, seed, start, modalities: MODALITIES, tokensMax: options.tokensMax },
      ...(start === null ? {} : FINE_TUNING),
      objective: { classes: { logitScale: 16 } },
      epochs: Math.round(options.labelEpochs / Math.sqrt(ratio)),
      batchRows: 16,
      augmentation: AUGMENTATION[set.profile],
    },
    folder: path.join(options.folder, 'run-views-labels'),
    threads: options.threads,
  });
  return classesTold(release, set, split.test, { workers: options.threads, modalities: MODALITIES });
}
