import { createHash } from 'node:crypto';
import { PipelineError } from '../../../core/index.ts';
import { sha256Of } from '../../releases/release.ts';
import { batchesOf, splitRows } from '../data/batch-order.ts';
import type { Split } from '../data/batch-order.ts';
import type { TrainingConfig } from '../config.ts';
import type { BatchPlan } from '../data/batch-plan.ts';
import { buildStepPrograms } from '../step/step-programs.ts';
import type { StepPrograms } from '../step/step-programs.ts';
import { classCountOf } from '../objective.ts';
import { isResampled } from '../data/resampled-curves.ts';
import type { ResampledFile } from '../data/resampled-curves.ts';
import { TensorsSet } from '../data/tensors-set.ts';
import type { StatisticsByInput, TrainingSet } from '../data/training-set.ts';
import type { InputQuantiles } from '../../quantile-encoding.ts';
import type { TrainingSubject } from '../training-subject.ts';
import type { Checkpoint, DataIdentity } from './checkpoint.ts';
import { participantsOf } from './participants.ts';
import type { Participants, Presence } from './participants.ts';

export interface PrepareOptions {
  readonly config: TrainingConfig;
  readonly subject: TrainingSubject;
  readonly dataFile: string;
  /** Objects to validate by; `null` sets some of the others aside. */
  readonly validationFile: string | null;
  /** Light curves drawn from those of `dataFile`, as many of each as `data.resampled.curves` says. */
  readonly resampledFile?: string | null;
  /** Which objects are trained on and validated by; drawn by `validationRatio` where it is not given. */
  readonly rows?: Split;
  /** Told what a user should know, in sentences. */
  readonly notice: (text: string) => void;
}

/** A training whose data and graphs fit each other. */
export interface PreparedTraining {
  readonly programs: StepPrograms;
  readonly plan: BatchPlan;
  readonly data: Checkpoint['data'];
  /** By which stored values are encoded. */
  readonly statistics: StatisticsByInput;
  /** Steps of an epoch, and batches that it is validated by. */
  readonly batches: { readonly training: number; readonly validation: number };
}

/**
 * Looks at the data, sets objects aside, and builds the graphs.
 *
 * @throws PipelineError as `TensorsSet.open()`; CONFIG_INVALID if a batch is larger than the data, or nothing is left to
 *   validate by; TENSORS_INVALID if a loss of the objective would find no objects to compare
 */
export async function prepareTraining(options: PrepareOptions): Promise<PreparedTraining> {
  const { config, subject, dataFile, validationFile } = options;
  const { seed, batch, objective } = config;
  const set = { modalities: subject.modalities, classes: classCountOf(objective) };
  const resampled = resampledOf(options);
  const training = await describe(dataFile, set, { rows: options.rows, resampled });
  const validation = validationFile === null ? null : await describe(validationFile, set);
  const split = splitOf(options, training.rows, validation?.rows ?? null);
  requireBatch(options, split);
  const names = participating(
    options,
    { present: training.present, rows: split.training },
    { present: (validation ?? training).present, rows: split.validation },
  );
  const statistics = subject.statistics ?? (await statisticsOf(options, set, split.training));
  const validationBatch = Math.min(batch.rows, split.validation.length);
  const hasValidation = split.validation.length > 0;
  const programs = buildStepPrograms(subject.modelOf(names), {
    config,
    validationBatch: hasValidation ? validationBatch : null,
    constants: Object.keys(subject.constants),
  });
  return {
    programs,
    plan: {
      files: { training: dataFile, validation: validationFile },
      resampled,
      set: { ...set, statistics },
      seed,
      batch: batch.rows,
      validationBatch,
      trainingRows: split.training,
      validationRows: split.validation,
      augmentation: config.augmentation,
      augmented: subject.augmented,
      dropoutSites: programs.dropoutSites,
      inputs: programs.batchInputs,
    },
    statistics,
    data: { training: training.identity, validation: validation?.identity ?? null, start: subject.start },
    batches: {
      training: batchesOf(split.training.length, batch.rows),
      validation: hasValidation ? batchesOf(split.validation.length, validationBatch) : 0,
    },
  };
}

interface Described {
  readonly rows: number;
  readonly present: TrainingSet['present'];
  readonly identity: DataIdentity;
}

/** @throws PipelineError CONFIG_INVALID if light curves are to be drawn again of data that have none to draw from */
function resampledOf({ config, dataFile, resampledFile = null }: PrepareOptions): ResampledFile | null {
  const { curves } = config.data.resampled;
  if (!isResampled(config)) return null;
  if (resampledFile !== null) return { file: resampledFile, curves };
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot train on "${dataFile}" as data.resampled.curves must be 0 for a file of tensors, whose light curves are ` +
      `computed already: current value is ${curves}`,
  );
}

async function describe(
  file: string,
  options: BatchPlan['set'],
  {
    rows: chosen,
    resampled = null,
  }: { readonly rows?: Split | undefined; readonly resampled?: ResampledFile | null } = {},
): Promise<Described> {
  const set = await TensorsSet.open(file, options);
  try {
    const { rows, present } = set;
    const ofFile = await sha256Of(file);
    const parts = [ofFile];
    if (chosen !== undefined) parts.push(JSON.stringify([chosen.training, chosen.validation]));
    if (resampled !== null) parts.push(await sha256Of(resampled.file));
    const sha256 = parts.length === 1 ? ofFile : sha256OfText(parts.join(' '));
    return { rows, present, identity: { file, rows, sha256 } };
  } finally {
    await set.close();
  }
}

function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Of every input that is encoded by quantiles when it is read, over the objects that are trained on. */
async function statisticsOf(
  { subject, dataFile }: PrepareOptions,
  options: BatchPlan['set'],
  rows: readonly number[],
): Promise<StatisticsByInput> {
  const inputs = subject.modalities.flatMap(({ quantileEncoded = [] }) => quantileEncoded);
  if (inputs.length === 0) return {};
  const set = await TensorsSet.open(dataFile, options);
  try {
    const statistics: Record<string, InputQuantiles> = {};
    for (const input of inputs) statistics[input] = await set.statisticsOf(input, rows);
    return statistics;
  } finally {
    await set.close();
  }
}

function splitOf(options: PrepareOptions, rows: number, validationRows: number | null): Split {
  const { config } = options;
  if (options.rows !== undefined) return options.rows;
  const { seed, validationRatio } = config;
  if (validationRows === null) return splitRows(rows, { seed, ratio: validationRatio });
  const all = (count: number): readonly number[] => Array.from({ length: count }, (_, row) => row);
  return { training: all(rows), validation: all(validationRows) };
}

function requireBatch(
  { dataFile, validationFile, config, rows: chosen }: PrepareOptions,
  { training, validation }: Split,
): void {
  const refused = (why: string): PipelineError =>
    new PipelineError('CONFIG_INVALID', `Cannot train on "${dataFile}" as ${why}`);
  const { rows } = config.batch;
  if (rows > training.length)
    throw refused(
      `batch.rows must be at most the objects that are trained on: current value is ${rows} of ${training.length}`,
    );
  if (validationFile !== null && validation.length < 2)
    throw refused(
      `"${validationFile}" must have at least 2 objects to validate by: current value is ${validation.length}`,
    );
  if (chosen === undefined && config.validationRatio > 0 && validation.length < 2)
    throw refused(
      `validation needs at least 2 objects: current value is ${validation.length}; raise validationRatio, or set it to 0`,
    );
}

/**
 * Modalities that a loss has objects to learn of. The others are treated as if the configuration did not name them.
 *
 * @throws PipelineError TENSORS_INVALID if a loss has none, in the objects that are trained on or those validated by
 */
function participating(
  { config, subject, dataFile, validationFile, notice }: PrepareOptions,
  training: Presence,
  validation: Presence,
): readonly string[] {
  const all = subject.modalities.map(({ name }) => name);
  const wanted = participantsOf(config.objective, all, training);
  requireParticipants(wanted, `train on "${dataFile}"`, countsOf(all, training));
  const names = all.filter((name) => wanted.some(({ modalities }) => modalities.includes(name)));
  for (const name of all) if (!names.includes(name)) notice(unusedNotice(name, dataFile, training));
  if (validation.rows.length > 0)
    requireParticipants(
      participantsOf(config.objective, names, validation),
      `validate by "${validationFile ?? dataFile}"`,
      countsOf(names, validation),
    );
  return names;
}

function requireParticipants(participants: readonly Participants[], action: string, current: string): void {
  for (const { loss, need, modalities } of participants)
    if (modalities.length === 0)
      throw new PipelineError(
        'TENSORS_INVALID',
        `Cannot ${action} as objective.${loss} needs ${need}: current value is ${current}`,
      );
}

function unusedNotice(name: string, dataFile: string, { present, rows }: Presence): string {
  const why = rows.some((row) => present[name]?.[row] === true)
    ? `the objective has no use for ${name} of "${dataFile}"`
    : `no object of "${dataFile}" has ${name}`;
  return `${why}: its encoder is not trained`;
}

/** `photometry of 20, spectra of 20 of 40 objects`. */
function countsOf(names: readonly string[], { present, rows }: Presence): string {
  const counts = names.map(
    (name) => `${name} of ${rows.filter((row) => present[name]?.[row] === true).length}`,
  );
  return `${counts.join(', ')} of ${rows.length} objects`;
}
