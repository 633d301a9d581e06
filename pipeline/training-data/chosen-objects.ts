import { labelSubset, splitOf } from '../../core/index.ts';
import type { DataFault, DataSet, DataSetObject } from '../../core/index.ts';
import type { TrainingConfig } from '../../model/index.ts';

/** Told of what a data set leaves out. */
export type OnFault = (fault: DataFault) => void;

/**
 * The objects of data sets that a training sees, with the labels that it may know: those of a survey, those that are not
 * for the test, each id once. It can be gone through more than once.
 */
export class ChosenObjects {
  readonly #dataSets: readonly DataSet[];
  readonly #data: TrainingConfig['data'];
  /** Objects that keep their label; `null` where all do. */
  readonly #labelled: ReadonlySet<string> | null;

  private constructor(
    dataSets: readonly DataSet[],
    data: TrainingConfig['data'],
    labelled: ReadonlySet<string> | null,
  ) {
    this.#dataSets = dataSets;
    this.#data = data;
    this.#labelled = labelled;
  }

  /** Goes through the objects once where labels are few, to see which classes there are. */
  static async of(
    dataSets: readonly DataSet[],
    data: TrainingConfig['data'],
    onFault: OnFault,
  ): Promise<ChosenObjects> {
    const { classObjectsMin, classObjectsMax, labelRatio, splitSeed } = data;
    const all = new ChosenObjects(dataSets, data, null);
    if (classObjectsMin === 1 && classObjectsMax === null && labelRatio === 1) return all;
    const known: { readonly objectId: string; readonly className: string }[] = [];
    const counts = new Map<string, number>();
    for await (const { objectId, className } of all.objects(onFault)) {
      if (className === null) continue;
      known.push({ objectId, className });
      counts.set(className, (counts.get(className) ?? 0) + 1);
    }
    const frequent = known.filter(({ className }) => (counts.get(className) ?? 0) >= classObjectsMin);
    const labelled = labelSubset(frequent, {
      seed: splitSeed,
      labelFraction: labelRatio,
      ...(classObjectsMax === null ? {} : { classCap: classObjectsMax }),
    });
    return new ChosenObjects(dataSets, data, labelled);
  }

  async *objects(onFault: OnFault): AsyncGenerator<DataSetObject> {
    const { survey, testRatio, splitSeed } = this.#data;
    const seen = new Set<string>();
    for (const dataSet of this.#dataSets) {
      for await (const object of dataSet.objects(onFault)) {
        if (survey !== null && object.joined.lightCurve.survey !== survey) continue;
        const split = object.split ?? splitOf(object.objectId, { seed: splitSeed, testRatio });
        if (split === 'test') continue;
        if (seen.has(object.objectId)) {
          const reason = `"${object.objectId}" is in another data set too`;
          onFault({ file: dataSet.source, row: null, reason });
          continue;
        }
        seen.add(object.objectId);
        const isLabelled = this.#labelled === null || this.#labelled.has(object.objectId);
        yield { ...object, className: isLabelled ? object.className : null };
      }
    }
  }
}
