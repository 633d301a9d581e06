import path from 'node:path';
import type { TestContext } from 'node:test';
import { Metrics, systemClock } from '../../core/index.ts';
import { paperTrainingSubject, train, trainingSchema, writeSafetensors } from '../../model/index.ts';
import type { Tensor, TrainingConfig, TrainingProgress, TrainingSummary } from '../../model/index.ts';
import { smallInputs } from './paper-weights.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A training of the smallest model: 4 steps an epoch on 40 objects, of which 8 are set aside. */
export const SMALL_TRAINING = {
  name: 'tiny',
  seed: 'small',
  model: {
    architecture: {
      embeddingDimensions: 8,
      photometry: { length: 12, dimensions: 8, heads: 2, feedForward: 16, layers: 1 },
      spectra: { channels: [3, 4, 4] },
      metadata: { hiddenDimensions: 6 },
    },
  },
  batch: { rows: 8, pieceRows: 4 },
  epochs: 2,
  schedule: { kind: 'plateau', warmUpLength: 1, startRatio: 0.1 },
  validationRatio: 0.2,
} as const;

/** Its configuration with some keys replaced. */
export function smallTraining(overrides: Readonly<Record<string, unknown>> = {}): TrainingConfig {
  return trainingSchema.parse({ ...SMALL_TRAINING, ...overrides });
}

/** A file of its data; tensors that are given replace those that are drawn, `null` leaves one out. */
export async function writeSmallData(
  folder: string,
  overrides: Readonly<Record<string, Tensor | null>> = {},
  rows = 40,
): Promise<string> {
  const tensors = new Map<string, Tensor>(smallInputs(rows));
  for (const [name, tensor] of Object.entries(overrides)) {
    if (tensor === null) tensors.delete(name);
    else tensors.set(name, tensor);
  }
  const file = path.join(folder, 'data.safetensors');
  await writeSafetensors(file, tensors);
  return file;
}

/** A file of its data in a folder of the test, and a place for the run. */
export async function smallRun(
  context: TestContext,
  overrides: Readonly<Record<string, Tensor | null>> = {},
): Promise<{ readonly dataFile: string; readonly outFolder: string }> {
  const folder = await temporaryFolder(context);
  return { dataFile: await writeSmallData(folder, overrides), outFolder: path.join(folder, 'out') };
}

export interface SmallTrainingOptions {
  readonly dataFile: string;
  readonly outFolder: string;
  readonly config?: TrainingConfig;
  readonly validationFile?: string;
  /** Names of the classes, where the release is to keep the head. */
  readonly classes?: readonly string[];
  /** One by default. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly notice?: (text: string) => void;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Trains in this process. */
export async function trainSmall(options: SmallTrainingOptions): Promise<TrainingSummary> {
  const config = options.config ?? smallTraining();
  return train({
    config,
    subject: await paperTrainingSubject(config, { classes: options.classes ?? [] }),
    dataFile: options.dataFile,
    validationFile: options.validationFile ?? null,
    outFolder: options.outFolder,
    device: 'cpu',
    threads: options.threads ?? 1,
    clock: systemClock,
    metrics: new Metrics(),
    signal: options.signal ?? new AbortController().signal,
    notice: options.notice ?? (() => undefined),
    onProgress: options.onProgress ?? (() => undefined),
  });
}
