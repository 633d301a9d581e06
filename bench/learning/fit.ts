import { rm } from 'node:fs/promises';
import { Metrics, systemClock } from '../../core/index.ts';
import { alertsTraining, openRelease, paperTrainingSubject, train } from '../../model/index.ts';
import type { Release, TrainOptions } from '../../model/index.ts';
import type { PreparedSet } from './prepared-set.ts';
import { trainingOf } from './profiles.ts';
import type { Recipe } from './profiles.ts';

export interface FitOptions {
  readonly set: PreparedSet;
  /** Rows of the set that are trained on. */
  readonly training: readonly number[];
  /** Rows that choose the best epoch; none takes the last. */
  readonly validation?: readonly number[];
  readonly recipe: Omit<Recipe, 'rows' | 'profile'>;
  /** Of the run; emptied before. */
  readonly folder: string;
  readonly threads: number;
}

/** Trains a model on rows of a prepared set. */
export async function fit({
  set,
  training,
  validation = [],
  recipe,
  folder,
  threads,
}: FitOptions): Promise<Release> {
  const config = trainingOf({ ...recipe, profile: set.profile, rows: training.length });
  const { classes: loss } = config.objective;
  const classes = loss === undefined ? [] : set.classes;
  const counted =
    loss === undefined
      ? config
      : { ...config, objective: { ...config.objective, classes: { ...loss, count: classes.length } } };
  const subject =
    set.profile === 'paper'
      ? await paperTrainingSubject(counted, { classes, preprocessing: set.preprocessing })
      : (await alertsTraining(counted, classes)).subject;
  await rm(folder, { recursive: true, force: true });
  const options: TrainOptions = {
    ...{
      resampledFile: set.resampledFile,
      config: counted,
      subject,
      dataFile: set.file,
      validationFile: null,
      outFolder: folder,
      device: 'cpu',
    },
    rows: { training, validation },
    threads,
    ...{ clock: systemClock, metrics: new Metrics(), signal: new AbortController().signal },
    notice: () => undefined,
    onProgress: () => undefined,
  };
  return openRelease((await train(options)).release);
}
