import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { DataSet } from '../../core/index.ts';
import {
  alertsTraining,
  classesOf,
  paperTrainingSubject,
  prepareAlertsData,
  preparePaperData,
  readObjectIndex,
  resampledFileOf,
  resampledModalities,
  resampledObjects,
  trainingSchema,
} from '../../model/index.ts';
import type { IndexedObject, PaperPart } from '../../model/index.ts';
import type { LearningProfile } from './profiles.ts';

/** A data set as a profile takes it: a file of tensors with who its rows are. */
export interface PreparedSet {
  readonly profile: LearningProfile;
  readonly file: string;
  /** Light curves drawn from those of the file; `null` where none are. */
  readonly resampledFile: string | null;
  readonly objects: readonly IndexedObject[];
  readonly classes: readonly string[];
  /** Of the paper profile, by which its data were standardised. */
  readonly preprocessing: PaperPart['preprocessing'] | null;
}

export interface PrepareSetOptions {
  readonly dataSet: DataSet;
  readonly profile: LearningProfile;
  readonly tokensMax: number;
  /** Where the file is made; one that is there already is used. */
  readonly folder: string;
  /** Objects of classes with fewer are left out, and those without class. */
  readonly classObjectsMin: number;
  readonly survey: string | null;
  readonly workers: number;
}

/** What is drawn from each light curve that is trained on. */
export const RESAMPLED = { curves: 2, keptRatioMin: 0.5, noiseScale: 0.5 } as const;
const RESAMPLING_SEED = 'measured';

/** Fewer points than any light curve has: nothing is folded. */
const NEVER = 65_536;
const NO_PREPROCESSING = { photometryAuxiliary: null, metadata: null } as const;

/** Prepares the objects of a data set that a benchmark learns from. */
export async function prepareSet(options: PrepareSetOptions): Promise<PreparedSet> {
  const { profile, folder, tokensMax, workers } = options;
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${profile}-${tokensMax}.safetensors`);
  const resampledFile =
    profile === 'paper' ? null : resampledFileOf(file, { settings: RESAMPLED, seed: RESAMPLING_SEED });
  if (!existsSync(file) || (resampledFile !== null && !existsSync(resampledFile))) {
    const signal = new AbortController().signal;
    const chosen = await frequentObjects(options);
    if (profile === 'paper') {
      const { modalities } = await paperTrainingSubject(trainingSchema.parse({}));
      const length = modalities.find(({ mask }) => mask !== undefined)?.inputs['mask']?.[0] ?? 0;
      const given = { file, modalities, length, preprocessing: NO_PREPROCESSING, signal };
      await preparePaperData(chosen, { ...given, onFault: () => undefined });
    } else {
      const config = trainingSchema.parse({ profile: 'alerts', alerts: { tokensMax } });
      const { subject, preparation } = await alertsTraining(config);
      const { photometry } = preparation;
      const period =
        profile === 'alertsWithoutPhase' ? { ...photometry.period, pointsMin: NEVER } : photometry.period;
      const given = {
        ...{ workers, signal },
        preparation: { ...preparation, photometry: { ...photometry, period } },
      };
      const { modalities } = subject;
      if (resampledFile !== null)
        await prepareAlertsData(resampledObjects(chosen(), RESAMPLED, RESAMPLING_SEED), {
          ...given,
          ...{ file: resampledFile, modalities: resampledModalities(modalities) },
        });
      await prepareAlertsData(chosen(), { ...given, file, modalities });
    }
  }
  const objects = await readObjectIndex(file);
  return {
    profile,
    file,
    resampledFile,
    objects,
    classes: classesOf(objects),
    preprocessing: profile === 'paper' ? NO_PREPROCESSING : null,
  };
}

/** Those of the survey whose class has enough objects. */
async function frequentObjects({
  dataSet,
  survey,
  classObjectsMin,
}: PrepareSetOptions): Promise<() => ReturnType<DataSet['objects']>> {
  const isOf = (name: string): boolean => survey === null || name.toLowerCase() === survey.toLowerCase();
  const counts = new Map<string, number>();
  for await (const { className, joined } of dataSet.objects(() => undefined))
    if (className !== null && isOf(joined.lightCurve.survey))
      counts.set(className, (counts.get(className) ?? 0) + 1);
  return async function* () {
    for await (const object of dataSet.objects(() => undefined))
      if (
        isOf(object.joined.lightCurve.survey) &&
        (counts.get(object.className ?? '') ?? 0) >= classObjectsMin
      )
        yield object;
  };
}
