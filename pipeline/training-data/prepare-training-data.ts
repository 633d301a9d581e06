import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outputFailure, PipelineError } from '../../core/index.ts';
import type { DataSet } from '../../core/index.ts';
import {
  alertsTraining,
  classesOf,
  isResampled,
  paperTrainingSubject,
  prepareAlertsData,
  preparePaperData,
  readObjectIndex,
  resampledFileOf,
  resampledModalities,
  resampledObjects,
} from '../../model/index.ts';
import type { IndexedObject, PaperPart, TrainingConfig, TrainingSubject } from '../../model/index.ts';
import { ChosenObjects } from './chosen-objects.ts';
import type { OnFault } from './chosen-objects.ts';
import { sourcesDigest } from './sources-digest.ts';

export interface TrainingDataOptions {
  readonly dataSets: readonly DataSet[];
  /** The table that their labels come from, where one was named. */
  readonly labels?: string | undefined;
  readonly config: TrainingConfig;
  /** Of the run; the prepared objects lie in its folder `data`. */
  readonly outFolder: string;
  /** Threads that prepare. */
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onFault: OnFault;
  /** @param objects prepared so far; counts anew for light curves drawn again, which come first */
  readonly onProgress: (objects: number) => void;
}

/** What `train` needs of data sets. */
export interface TrainingData {
  readonly dataFile: string;
  /** Light curves drawn from those of `dataFile`; `null` where none are. */
  readonly resampledFile: string | null;
  /** Which rows are trained on and validated by, where the data sets say so. */
  readonly rows?: { readonly training: readonly number[]; readonly validation: readonly number[] };
  /** With the number of classes in it. */
  readonly config: TrainingConfig;
  readonly subject: TrainingSubject;
}

const FOLDER = 'data';

/**
 * Prepares the objects of data sets for a training, as a stream, into its folder. What an earlier call prepared there of the
 * same data is used as it is: a training that goes on has the same objects. Other data are prepared beside them, for the
 * training to refuse if it has begun with those.
 *
 * @throws PipelineError as the data sets; CONFIG_INVALID; DATA_SET_INVALID if no object is left; OUTPUT_UNUSABLE,
 *   OUTPUT_NO_SPACE; the signal's reason
 */
export async function prepareTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { config, outFolder } = options;
  const folder = path.join(outFolder, FOLDER);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw outputFailure(cause, folder);
  });
  const dataFile = path.join(folder, `objects-${await preparedDigest(options)}.safetensors`);
  const preprocessing =
    config.profile === 'paper' ? await paperData(options, dataFile) : await alertsData(options, dataFile);
  const objects = await readObjectIndex(dataFile);
  const classes = classesOf(objects);
  const resolved = withClassCount(config, classes);
  const rows = rowsOf(objects, config);
  return {
    dataFile,
    resampledFile: drawnFileOf(config, dataFile),
    ...(rows === null ? {} : { rows }),
    config: resolved,
    subject:
      config.profile === 'paper'
        ? await paperTrainingSubject(resolved, { classes, preprocessing })
        : (await alertsTraining(resolved, classes)).subject,
  };
}

/** Of all that the prepared objects depend on: light curves drawn again have a file of their own. */
function preparedDigest({ dataSets, labels, config }: TrainingDataOptions): Promise<string> {
  const { profile, modalities, model, alerts, start } = config;
  const data = Object.entries(config.data).filter(([name]) => name !== 'resampled');
  const named = [labels, start.release].filter((name) => typeof name === 'string');
  const settings = { profile, modalities, model, alerts, data };
  return sourcesDigest([...dataSets.map(({ source }) => source), ...named], settings);
}

async function alertsData(options: TrainingDataOptions, file: string): Promise<null> {
  const { config, workers, signal, onFault, onProgress } = options;
  const drawnFile = drawnFileOf(config, file);
  const isDrawn = drawnFile === null || existsSync(drawnFile);
  if (isDrawn && existsSync(file)) return null;
  const { subject, preparation } = await alertsTraining(withoutClasses(config));
  const chosen = await ChosenObjects.of(options.dataSets, config.data, onFault);
  const { modalities } = subject;
  const given = { preparation, workers, signal, onProgress };
  // Faults are told once, when the objects themselves are gone through.
  if (!isDrawn)
    await prepareAlertsData(
      resampledObjects(
        chosen.objects(() => undefined),
        config.data.resampled,
        config.seed,
      ),
      { ...given, file: drawnFile, modalities: resampledModalities(modalities) },
    );
  if (existsSync(file)) return null;
  requireObjects(await prepareAlertsData(chosen.objects(onFault), { ...given, file, modalities }), options);
  return null;
}

/** Of the light curves drawn from those of a file; `null` where none are. */
function drawnFileOf(config: TrainingConfig, file: string): string | null {
  if (!isResampled(config)) return null;
  return resampledFileOf(file, { settings: config.data.resampled, seed: config.seed });
}

async function paperData(options: TrainingDataOptions, file: string): Promise<PaperPart['preprocessing']> {
  // How the data were standardised; written last, so that they are whole where it is.
  const note = file.replace(/\.safetensors$/, '.preprocessing.json');
  // Written by the lines below.
  if (existsSync(note)) return JSON.parse(await readFile(note, 'utf8')) as PaperPart['preprocessing'];
  const { config, signal, onFault, onProgress } = options;
  const subject = await paperTrainingSubject(withoutClasses(config));
  const chosen = await ChosenObjects.of(options.dataSets, config.data, onFault);
  const { modalities } = subject;
  const length = modalities.find(({ mask }) => mask !== undefined)?.inputs['mask']?.[0] ?? 0;
  const { objects, preprocessing } = await preparePaperData(() => chosen.objects(onFault), {
    ...{ file, modalities, length, preprocessing: null, signal, onFault, onProgress },
    isFitted: ({ split }) => split !== 'validation',
  });
  requireObjects(objects, options);
  await writeFile(note, `${JSON.stringify(preprocessing)}\n`, { flush: true });
  return preprocessing;
}

function requireObjects(count: number, { dataSets }: TrainingDataOptions): void {
  if (count > 0) return;
  const sources = dataSets.map(({ source }) => `"${source}"`).join(', ');
  throw new PipelineError(
    'DATA_SET_INVALID',
    `Cannot train on ${sources} as an object at least must be left to train on: current value is 0`,
  );
}

/** Before the classes are known: how objects are prepared does not depend on them. */
function withoutClasses(config: TrainingConfig): TrainingConfig {
  const losses = Object.entries(config.objective).filter(([name]) => name !== 'classes');
  return { ...config, objective: Object.fromEntries(losses) };
}

/** @throws PipelineError CONFIG_INVALID if there are fewer than two to tell apart, or another number than is asked for */
function withClassCount(config: TrainingConfig, names: readonly string[]): TrainingConfig {
  const { classes } = config.objective;
  if (classes === undefined) return config;
  if (names.length < 2 || (classes.count !== null && classes.count !== names.length))
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot train on classes as ${classes.count === null ? 'two at least are needed' : `objective.classes.count is ${classes.count}`}: ` +
        `current value is ${names.length} with labels in the data`,
    );
  return { ...config, objective: { ...config.objective, classes: { ...classes, count: names.length } } };
}

/** @returns `null` where no object is set aside for validation: some are then drawn */
function rowsOf(
  objects: readonly IndexedObject[],
  { validationRatio }: TrainingConfig,
): Required<TrainingData>['rows'] | null {
  const validation = objects.flatMap(({ split }, row) => (split === 'validation' ? [row] : []));
  if (validation.length === 0 || validationRatio === 0) return null;
  const training = objects.flatMap(({ split }, row) => (split === 'validation' ? [] : [row]));
  return { training, validation };
}
