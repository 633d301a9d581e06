import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { systemClock } from '../core/index.ts';
import type { DataSet } from '../core/index.ts';
import type { TrainingConfig } from '../model/index.ts';
import { prepareTrainingData } from '../pipeline/index.ts';
import type { TrainingData } from '../pipeline/index.ts';
import { CLASS_NAMES, ODDITY_CLASS_NAMES, SIMULATED_SURVEYS, simulatedDataSet } from '../simulator/index.ts';
import type { SimulatedSurvey } from '../simulator/index.ts';
import { FaultNotices } from './fault-notices.ts';
import { openData } from './open-data.ts';
import { createProgress } from './progress.ts';

/** Simulated objects as a flag names them. */
export interface SimulatedData {
  readonly survey: SimulatedSurvey;
  readonly objects: number;
  /** `null` takes that of the training. */
  readonly seed: string | null;
}

export interface TrainingDataFlags {
  readonly paths: readonly string[];
  readonly simulated: readonly SimulatedData[];
  readonly labels: string | undefined;
  readonly outFolder: string;
  readonly threads: number | undefined;
  readonly signal: AbortSignal;
}

/** Share of the simulated objects that have a spectrum where they are trained on. */
const SPECTRUM_RATIO = 0.5;

/** Opens data sets and prepares their objects, with progress and what is left out on standard error. */
export async function openTrainingData(
  config: TrainingConfig,
  { paths, simulated, labels, outFolder, threads = availableParallelism(), signal }: TrainingDataFlags,
): Promise<TrainingData> {
  const faults = new FaultNotices();
  const dataSets: DataSet[] = [];
  const progress = createProgress({ label: 'prepare', unit: 'objects', total: null, clock: systemClock });
  try {
    for (const path of paths)
      dataSets.push(await openData(path, { ...(labels === undefined ? {} : { labels }), signal }));
    for (const data of simulated) dataSets.push(simulatedObjects(data, config.seed));
    return await prepareTrainingData({
      ...{ dataSets, labels, config, outFolder, workers: threads, signal },
      onFault: faults.add,
      onProgress: (objects) => {
        progress.update(objects, '');
      },
    });
  } finally {
    progress.stop();
    faults.summarise();
    await Promise.all(dataSets.map((dataSet) => dataSet.close()));
  }
}

/** Objects of the classes that count as known, each equally likely. */
export function simulatedObjects({ survey, objects, seed }: SimulatedData, ownSeed: string): DataSet {
  return simulatedDataSet({
    survey,
    seed: seed ?? `training ${ownSeed}`,
    count: objects,
    spectrumRatio: SPECTRUM_RATIO,
    classWeights: knownClassWeights(),
  });
}

/** Weights that make the classes that count as known equally likely, and leave the oddities out. */
export function knownClassWeights(): Readonly<Record<string, number>> {
  const known = CLASS_NAMES.filter((name) => !ODDITY_CLASS_NAMES.includes(name));
  return Object.fromEntries(known.map((name) => [name, 1]));
}

/** `ztf:2000`, `lsst:500:seed`. */
export function parseSimulated(
  text: string,
  before: readonly SimulatedData[] = [],
): readonly SimulatedData[] {
  const [name = '', count = '', ...seed] = text.split(':');
  const survey = SIMULATED_SURVEYS.find((candidate) => candidate === name);
  const objects = Number(count);
  if (survey === undefined || !Number.isSafeInteger(objects) || objects < 1)
    throw new InvalidArgumentError(
      `It takes a survey (${SIMULATED_SURVEYS.join(' or ')}) and a number of objects, such as ztf:2000.`,
    );
  return [...before, { survey, objects, seed: seed.length === 0 ? null : seed.join(':') }];
}
