import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../core/index.ts';
import type { DataSet } from '../../core/index.ts';
import { partnerRanks, peakRssMiB, pickRows, recallAt } from '../../model/index.ts';
import type { Release } from '../../model/index.ts';
import { SIMULATED_SURVEYS, simulatedDataSet } from '../../simulator/index.ts';
import type { BenchReport, Measured } from '../result.ts';
import { textTable } from '../table.ts';
import { classesTold, embedSet } from './embedded-set.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './fit.ts';
import { withError } from './light-curves.ts';
import { settingsOf } from './options.ts';
import type { LearningOptions } from './options.ts';
import { prepareSet } from './prepared-set.ts';
import type { PreparedSet } from './prepared-set.ts';
import { AUGMENTATION, CLASSIFIER, FINE_TUNING } from './profiles.ts';
import { labelledRows, splitRowsOf } from './splits.ts';
import type { RowsOfSplit } from './splits.ts';

/** What a row of the table is: an objective in a profile. */
export const TRIPLES_CASES = ['alertsClip', 'alertsBarlowTwins', 'paperClip'] as const;
export type TriplesCase = (typeof TRIPLES_CASES)[number];

export interface TriplesOptions extends LearningOptions {
  readonly cases: readonly TriplesCase[];
  /** Seeds of each case. */
  readonly seeds: Readonly<Record<TriplesCase, number>>;
  /** Simulated transients that the alerts profile is trained on first; 0 leaves that out. */
  readonly simulatedObjects: number;
  readonly simulatedEpochs: number;
  /** Of pre-training on the real objects. */
  readonly epochs: number;
  readonly paperEpochs: number;
  /** Of learning few labels. */
  readonly labelEpochs: number;
  readonly labelRatios: readonly number[];
  readonly batchRows: number;
  /** Where the loss curves are copied; `null` nowhere. */
  readonly curvesFolder: string | null;
}

const OBJECTIVES: { readonly [C in TriplesCase]: Readonly<Record<string, unknown>> } = {
  // Pairs that have less in common count for more.
  alertsClip: { clip: { pairWeights: { ps: 2, mp: 1.5 } } },
  alertsBarlowTwins: { barlowTwins: { redundancyWeight: 0.0078 } },
  paperClip: { clip: {} },
};
/** Of simulated objects. */
const TRANSIENT_WEIGHTS = { SNIa: 4, SNII: 2, SNIbc: 1.5, SLSN: 1, TDE: 0.7 };
const PAIRS = [
  ['photometry', 'spectra'],
  ['spectra', 'metadata'],
  ['metadata', 'photometry'],
] as const;
const RECALL_PLACES = 10;
const ALL = ['photometry', 'spectra', 'metadata'];
const PRE_TRAINING_AUGMENTATION = {
  ...{ droppedPointsRatio: 0.4, photometryNoiseScale: 1, droppedSummaryRatio: 0.3 },
  ...{ spectraAddedNoise: 0.15, spectraTilt: 0.3, spectraHiddenRatioMax: 0.3 },
};

/** A wide layer for what sums a light curve up, and little of what attention comes to, as for classes. */
const { photometry, summaryDropout, pooledDropout } = CLASSIFIER;

/**
 * Triples of light curve, spectrum and metadata: pre-training between modalities (for the alerts profile on simulated
 * transients first), retrieval among objects that no training saw, and few labels of photometry with and without.
 */
export async function triplesBench(options: TriplesOptions): Promise<BenchReport> {
  const figures: Record<string, Measured> = {};
  const rows: string[][] = [];
  let objects = 0;
  for (const name of options.cases) {
    const profile = name === 'paperClip' ? 'paper' : 'alerts';
    const set = await prepareSet({
      ...options,
      profile,
      classObjectsMin: 1,
      survey: null,
      workers: options.threads,
    });
    objects = set.objects.length;
    const measured = await measuredCase(name, set, options);
    for (const [figure, raw] of measured)
      figures[`${name}.${figure}`] = { unit: figure.endsWith('seconds') ? 's' : 'ratio', raw };
    for (const [figure, raw] of measured) rows.push([name, figure, withError(raw)]);
  }
  return {
    name: 'triples',
    config: { ...settingsOf({ ...options }), peakRssMib: peakRssMiB() },
    n: { objects },
    figures,
    text: textTable(['', 'figure', 'mean ± standard error'], rows),
  };
}

type Measures = Map<string, number[]>;

async function measuredCase(name: TriplesCase, set: PreparedSet, options: TriplesOptions): Promise<Measures> {
  const measures: Measures = new Map();
  const add = (figure: string, value: number): void => {
    measures.set(figure, [...(measures.get(figure) ?? []), value]);
  };
  const isPaper = set.profile === 'paper';
  const start = isPaper || options.simulatedObjects === 0 ? null : await simulatedStart(name, options);
  for (let seed = 1; seed <= options.seeds[name]; seed++) {
    const beginMs = systemClock.monotonicMs();
    const split = splitRowsOf(set, seed);
    const folder = path.join(options.folder, `run-${name}`);
    const release = await fit({
      ...{ set, folder, training: split.training, threads: options.threads },
      recipe: {
        ...{ seed, start, modalities: ALL, tokensMax: options.tokensMax, objective: OBJECTIVES[name] },
        // The real sky's quantiles are not the simulator's.
        statistics: 'data',
        epochs: isPaper ? options.paperEpochs : options.epochs,
        batchRows: options.batchRows,
        ...(isPaper
          ? { learningRate: 3e-4, dropout: 0.2 }
          : { ...{ learningRate: 1e-3, dropout: 0.3 }, photometry, summaryDropout, pooledDropout }),
        augmentation: PRE_TRAINING_AUGMENTATION,
      },
    });
    if (seed === 1 && options.curvesFolder !== null) {
      await mkdir(options.curvesFolder, { recursive: true });
      await copyFile(path.join(folder, 'loss.svg'), path.join(options.curvesFolder, `triples-${name}.svg`));
    }
    await addRetrieval(release, { set, split, options }, add);
    for (const ratio of options.labelRatios)
      for (const [way, from] of [
        ['preTrained', path.join(folder, 'release')],
        ['scratch', null],
      ] as const)
        add(
          `labels${Math.round(100 * ratio)}.${way}.macroF1`,
          await fewLabels(ratio, from, { set, split, seed, options }),
        );
    add('seconds', (systemClock.monotonicMs() - beginMs) / 1000);
    options.onProgress(
      `${name} seed ${seed}: ${[...measures].map(([key, values]) => `${key} ${(values.at(-1) ?? 0).toFixed(3)}`).join(', ')}`,
    );
  }
  return measures;
}

/** A release trained on simulated transients alone. */
async function simulatedStart(name: TriplesCase, options: TriplesOptions): Promise<string> {
  const { simulatedObjects, simulatedEpochs, tokensMax, threads, batchRows } = options;
  const folder = path.join(options.folder, 'simulated');
  const dataSet = simulatedTransients(simulatedObjects);
  const set = await prepareSet({
    ...{ dataSet, folder, tokensMax, profile: 'alerts', classObjectsMin: 1, survey: null, workers: threads },
  });
  const given: FitOptions = {
    set,
    training: [...set.objects.keys()],
    recipe: {
      ...{ seed: 1, start: null, modalities: ALL, tokensMax, objective: OBJECTIVES[name] },
      ...{ epochs: simulatedEpochs, batchRows, learningRate: 2e-3, photometry },
      ...{ dropout: 0.1, summaryDropout: 0.3, pooledDropout: 0.6 },
      augmentation: {
        ...{ droppedPointsRatio: 0.3, photometryNoiseScale: 0.5, droppedSummaryRatio: 0.2 },
        ...{ spectraAddedNoise: 0.1, spectraTilt: 0.2, spectraHiddenRatioMax: 0.3 },
      },
    },
    folder: path.join(options.folder, `start-${name}`),
    threads,
  };
  await fit(given);
  return path.join(given.folder, 'release');
}

/** Two of three as ZTF sees them, all with a spectrum and a catalogue entry where they are bright enough. */
function simulatedTransients(count: number): DataSet {
  const parts = SIMULATED_SURVEYS.map((survey, i) =>
    simulatedDataSet({
      ...{ survey, seed: 'transients', spectrumRatio: 1, catalogueRatio: 1, classWeights: TRANSIENT_WEIGHTS },
      count: Math.max(1, i === 0 ? Math.round((2 * count) / 3) : Math.round(count / 3)),
    }),
  );
  return {
    source: `${count} simulated transients`,
    objects: async function* (onFault) {
      for (const part of parts) yield* part.objects(onFault);
    },
    close: () => Promise.resolve(),
  };
}

interface CaseContext {
  readonly set: PreparedSet;
  readonly split: RowsOfSplit;
  readonly options: TriplesOptions;
}

async function addRetrieval(
  release: Release,
  { set, split: { test }, options }: CaseContext,
  add: (figure: string, value: number) => void,
): Promise<void> {
  const embedded = await embedSet(release, set, test, { workers: options.threads, modalities: ALL });
  const width = embedded.dimensions;
  for (const [from, to] of PAIRS) {
    const [first, second] = [embedded.modalities[from], embedded.modalities[to]];
    const both = test.flatMap((_, i) =>
      first?.present[i] === true && second?.present[i] === true ? [i] : [],
    );
    if (first === undefined || second === undefined || both.length < RECALL_PLACES) continue;
    const rowsOf = (vectors: Float32Array) => pickRows({ width, data: vectors }, both);
    const { forward, backward } = partnerRanks(rowsOf(first.vectors), rowsOf(second.vectors));
    const chance = RECALL_PLACES / both.length;
    for (const [name, ranks] of [
      [`${from}To${capital(to)}`, forward],
      [`${to}To${capital(from)}`, backward],
    ] as const) {
      const recall = recallAt(ranks, RECALL_PLACES);
      add(`${name}.recallAt10`, recall);
      add(`${name}.timesChance`, recall / chance);
    }
  }
}

/** Macro-F1 on the test objects of the frequent classes, with a share of their labels and photometry alone. */
async function fewLabels(
  ratio: number,
  start: string | null,
  { set, split, seed, options }: CaseContext & { readonly seed: number },
): Promise<number> {
  const counts = new Map<string, number>();
  for (const { className } of set.objects)
    counts.set(className ?? '', (counts.get(className ?? '') ?? 0) + 1);
  const isFrequent = (row: number): boolean =>
    (counts.get(set.objects[row]?.className ?? '') ?? 0) >= options.classObjectsMin;
  const training = labelledRows(set, split.training.filter(isFrequent), { seed, ratio });
  const test = split.test.filter(isFrequent);
  const folder = path.join(options.folder, 'run-labels');
  const isPaper = set.profile === 'paper';
  const release = await fit({
    ...{ set, training, folder, threads: options.threads },
    recipe: {
      ...{ seed, start, modalities: ['photometry'], tokensMax: options.tokensMax },
      objective: { classes: { logitScale: 16 } },
      epochs: isPaper ? Math.ceil(options.labelEpochs / 4) : options.labelEpochs,
      batchRows: 16,
      ...(isPaper ? { learningRate: 2e-4, dropout: 0.2 } : CLASSIFIER),
      ...(start === null ? {} : FINE_TUNING),
      augmentation: AUGMENTATION[set.profile],
    },
  });
  const how = { workers: options.threads, modalities: ['photometry'] };
  return (await classesTold(release, set, test, how)).macroF1;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
