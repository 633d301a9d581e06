import { spawn } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { classificationReport } from '../../model/index.ts';
import { REPOSITORY } from '../repository.ts';
import type { PreparedSet } from './prepared-set.ts';
import { labelsOfRows } from './splits.ts';
import type { RowsOfSplit } from './splits.ts';

export type ForestModel = 'forest' | 'boosting';

const PROGRAM = path.join(REPOSITORY, 'bench', 'peers', 'forest.py');
/** Of the peers, for the result line; a third of the features a split told more classes here than their square root. */
export const PEER_SETTINGS = { trees: 300, splitFeaturesRatio: 0.3, iterations: 60 } as const;

const answerSchema = z.object({
  forest: z.array(z.object({ predicted: z.array(z.int()), novelty: z.array(z.number()) })),
  boosting: z.array(z.object({ predicted: z.array(z.int()), novelty: z.array(z.number()) })),
  isolation: z.array(z.object({ novelty: z.array(z.number()) })),
});

export type ForestAnswer = Readonly<z.infer<typeof answerSchema>>;
export type SeededSplit = RowsOfSplit & { readonly seed: number };

/**
 * What a random forest and boosting make of the features of a prepared set of the alerts profile, on given splits, and how
 * new the test objects are to them (1 − the largest probability) and to an isolation forest.
 *
 * @param python with scikit-learn
 */
export async function forestAnswers(
  set: PreparedSet,
  splits: readonly SeededSplit[],
  python: string,
): Promise<ForestAnswer> {
  const child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ ...PEER_SETTINGS, file: set.file, splits, threads: 2 }));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) throw new Error(`Cannot compare with "${python}" as its program ended with ${status}`);
  return answerSchema.parse(JSON.parse(text));
}

/** Accuracy and macro-F1 of both, a value a split. */
export async function forestPeer(
  set: PreparedSet,
  splits: readonly SeededSplit[],
  python: string,
): Promise<Readonly<Record<ForestModel, Readonly<Record<'accuracy' | 'macroF1', readonly number[]>>>>> {
  const answers = await forestAnswers(set, splits, python);
  const measured = (model: ForestModel) => {
    const reports = splits.map(({ test }, i) => {
      const predicted = Int32Array.from(answers[model][i]?.predicted ?? []);
      return classificationReport(labelsOfRows(set, test), predicted, set.classes);
    });
    return {
      accuracy: reports.map(({ accuracy }) => accuracy),
      macroF1: reports.map(({ macroF1 }) => macroF1),
    };
  };
  return { forest: measured('forest'), boosting: measured('boosting') };
}
