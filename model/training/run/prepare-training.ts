import { PipelineError } from '../../../core/index.ts';
import { sha256Of } from '../../releases/release.ts';
import { batchesOf, splitRows } from '../batch-order.ts';
import type { Split } from '../batch-order.ts';
import type { TrainingConfig } from '../config.ts';
import type { BatchPlan } from '../prefetch/batch-plan.ts';
import { buildStepPrograms } from '../step-programs.ts';
import type { StepPrograms } from '../step-programs.ts';
import { TensorsSet } from '../tensors-set.ts';
import type { TrainingSet } from '../training-set.ts';
import type { TrainingSubject } from '../training-subject.ts';
import type { Checkpoint, DataIdentity } from './checkpoint.ts';

export interface PrepareOptions {
  readonly config: TrainingConfig;
  readonly subject: TrainingSubject;
  readonly dataFile: string;
  /** Objects to validate by; `null` sets some of the others aside. */
  readonly validationFile: string | null;
  /** Told what a user should know, in sentences. */
  readonly notice: (text: string) => void;
}

/** A training whose data and graphs fit each other. */
export interface PreparedTraining {
  readonly programs: StepPrograms;
  readonly plan: BatchPlan;
  readonly data: Checkpoint['data'];
  /** Steps of an epoch, and batches that it is validated by. */
  readonly batches: { readonly training: number; readonly validation: number };
}

/**
 * Looks at the data, sets objects aside, and builds the graphs.
 *
 * @throws PipelineError as `TensorsSet.open()`; CONFIG_INVALID if a batch is larger than the data, or nothing is left to
 *   validate by; TENSORS_INVALID if objects have too few modalities for the objective
 */
export async function prepareTraining(options: PrepareOptions): Promise<PreparedTraining> {
  const { config, subject, dataFile, validationFile } = options;
  const { seed, batch, objective } = config;
  const set = { modalities: subject.modalities, classes: objective.classes?.count ?? null };
  const training = await describe(dataFile, set);
  const validation = validationFile === null ? null : await describe(validationFile, set);
  const split = splitOf(options, training.rows, validation?.rows ?? null);
  requireBatch(dataFile, split, config);
  requireModalities(options, split.training, training.present);
  const validationBatch = Math.min(batch.rows, split.validation.length);
  const hasValidation = split.validation.length > 0;
  const programs = buildStepPrograms(subject.model, {
    config,
    validationBatch: hasValidation ? validationBatch : null,
    constants: Object.keys(subject.constants),
  });
  return {
    programs,
    plan: {
      files: { training: dataFile, validation: validationFile },
      set,
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

async function describe(file: string, options: BatchPlan['set']): Promise<Described> {
  const set = await TensorsSet.open(file, options);
  try {
    const { rows, present } = set;
    return { rows, present, identity: { file, rows, sha256: await sha256Of(file) } };
  } finally {
    await set.close();
  }
}

function splitOf({ config }: PrepareOptions, rows: number, validationRows: number | null): Split {
  const { seed, validationRatio } = config;
  if (validationRows === null) return splitRows(rows, { seed, ratio: validationRatio });
  const all = (count: number): readonly number[] => Array.from({ length: count }, (_, row) => row);
  return { training: all(rows), validation: all(validationRows) };
}

function requireBatch(dataFile: string, { training, validation }: Split, config: TrainingConfig): void {
  const refused = (why: string): PipelineError =>
    new PipelineError('CONFIG_INVALID', `Cannot train on "${dataFile}" as ${why}`);
  const { rows } = config.batch;
  if (rows > training.length)
    throw refused(
      `batch.rows must be at most the objects that are trained on: current value is ${rows} of ${training.length}`,
    );
  if (config.validationRatio > 0 && validation.length < 2)
    throw refused(
      `validation needs at least 2 objects: current value is ${validation.length}; raise validationRatio, or set it to 0`,
    );
}

/** Modalities that no object has have no part in a loss; losses between modalities need two. */
function requireModalities(
  { config, subject, dataFile, notice }: PrepareOptions,
  rows: readonly number[],
  present: TrainingSet['present'],
): void {
  const names = subject.modalities.map(({ name }) => name);
  const found = names.filter((name) => rows.some((row) => present[name]?.[row] === true));
  for (const name of names)
    if (!found.includes(name)) notice(`no object of "${dataFile}" has ${name}: its encoder is not trained`);
  const { clip, barlowTwins } = config.objective;
  if ((clip !== undefined || barlowTwins !== undefined) && found.length < 2)
    throw new PipelineError(
      'TENSORS_INVALID',
      `Cannot train on "${dataFile}" as the objective is between modalities and needs two: ` +
        `current value is ${found.length === 0 ? 'none' : found.join(', ')}`,
    );
}
