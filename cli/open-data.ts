import type { DataSet } from '../core/index.ts';
import { openDataSet } from '../pipeline/index.ts';
import { simulatedDataSet } from '../simulator/index.ts';
import { readLabels } from '../streams/index.ts';
import type { SimulatedData } from './training-data.ts';

export interface OpenDataOptions {
  /** A table of `objectId`, `class` and where there `split`: its word goes before that of the data. */
  readonly labels?: string;
  readonly signal: AbortSignal;
}

/** The data set at a path. @throws PipelineError as `openDataSet` and `readLabels` do */
export async function openData(source: string, options: OpenDataOptions): Promise<DataSet> {
  return withLabels(await openDataSet(source, options), options.labels);
}

/** Objects of the simulated sky in its own mixture of classes, oddities among them. @throws PipelineError as `readLabels` */
export function openSimulatedData(
  { survey, objects, seed }: SimulatedData,
  { ownSeed, labels }: { readonly ownSeed: string; readonly labels?: string },
): Promise<DataSet> {
  return withLabels(
    simulatedDataSet({ survey, count: objects, seed: seed ?? `evaluation ${ownSeed}` }),
    labels,
  );
}

/** Classes and splits of a table in the place of those of the data, for the objects that it names. */
async function withLabels(dataSet: DataSet, file: string | undefined): Promise<DataSet> {
  if (file === undefined) return dataSet;
  const labels = await readLabels(file).catch(async (error: unknown) => {
    await dataSet.close();
    throw error;
  });
  return {
    source: dataSet.source,
    async *objects(onFault) {
      for await (const object of dataSet.objects(onFault)) {
        const label = labels.get(object.objectId);
        yield label === undefined
          ? object
          : { ...object, className: label.className, split: label.split ?? object.split };
      }
    },
    close: () => dataSet.close(),
  };
}
