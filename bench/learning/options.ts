import path from 'node:path';
import type { Command } from 'commander';
import type { DataSet } from '../../core/index.ts';
import { openDataSet } from '../../pipeline/index.ts';
import { withTemporaryFolder } from '../data.ts';
import { benchCommand, progressLine } from '../publish.ts';
import type { CommonFlags } from '../publish.ts';
import { REPOSITORY } from '../repository.ts';
import { LEARNING_PROFILES } from './profiles.ts';
import type { LearningProfile } from './profiles.ts';

/** The flags of every benchmark that trains. */
export interface LearningFlags extends CommonFlags {
  readonly data: string;
  readonly work?: string;
  readonly threads: number;
  readonly tokens: number;
  readonly classObjectsMin: number;
  readonly python?: string;
}

/** What the flags make. */
export interface LearningOptions {
  readonly dataSet: DataSet;
  readonly folder: string;
  readonly threads: number;
  readonly tokensMax: number;
  readonly classObjectsMin: number;
  readonly python: string | null;
  readonly onProgress: (what: string) => void;
}

/** @param file below the root of real survey data */
export function learningCommand(name: string, what: string, file: string): Command {
  const root = process.env['NIGHTJAR_TEST_DATA'] ?? path.join(REPOSITORY, '..', 'shared');
  return benchCommand(name, what)
    .option('--data <path>', 'data set', path.join(root, 'data', file))
    .option(
      '--work <dir>',
      'where prepared objects are kept for the next call; a temporary folder by default',
    )
    .option('--threads <n>', 'threads; results depend on them in their last bits', Number, 2)
    .option('--tokens <n>', 'points of a light curve in the alerts profile', Number, 48)
    .option('--class-objects-min <n>', 'classes with fewer objects are left out', Number, 20)
    .option('--python <command>', 'a Python with scikit-learn; NIGHTJAR_BENCH_PYTHON by default');
}

/** Opens the data set and a folder for what is made of it, and closes both. */
export async function withLearning<T>(
  flags: LearningFlags,
  work: (options: LearningOptions) => Promise<T>,
): Promise<T> {
  const dataSet = await openDataSet(flags.data);
  try {
    const run = (folder: string): Promise<T> =>
      work({
        dataSet,
        folder,
        threads: flags.threads,
        tokensMax: flags.tokens,
        classObjectsMin: flags.classObjectsMin,
        python: flags.python ?? process.env['NIGHTJAR_BENCH_PYTHON'] ?? null,
        onProgress: progressLine,
      });
    return await (flags.work === undefined ? withTemporaryFolder(run) : run(flags.work));
  } finally {
    await dataSet.close();
  }
}

/** `alerts,paper` */
export function parseProfiles(text: string): readonly LearningProfile[] {
  const names = text.split(',');
  return LEARNING_PROFILES.filter((profile) => names.includes(profile));
}

/** What of a benchmark's options its figures depend on. */
export function settingsOf(
  options: LearningOptions & Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const apart: readonly string[] = ['dataSet', 'folder', 'python', 'curvesFolder', 'onProgress'];
  const settings = Object.entries(options).filter(([name]) => !apart.includes(name));
  return { ...Object.fromEntries(settings), source: path.basename(options.dataSet.source) };
}
