import { PipelineError } from '../core/index.ts';
import type { DataSet } from '../core/index.ts';
import { openDataSet } from '../pipeline/index.ts';
import { SIMULATED_SURVEYS, simulatedDataSet } from '../simulator/index.ts';
import { readLabels } from '../streams/index.ts';

export interface OpenDataOptions {
  /** A table of `objectId`, `class` and where there `split`: its word goes before that of the data. */
  readonly labels?: string;
  readonly signal: AbortSignal;
}

const SIMULATED = /^simulated:([^:]*):([^:]*)(?::(.+))?$/;

/**
 * The data set that the user named: a path, or `simulated:SURVEY:COUNT[:SEED]` for objects of the simulated sky.
 *
 * @throws PipelineError as opening a path does; INPUT_NOT_FOUND for a simulation of another survey or of no object
 */
export async function openData(source: string, options: OpenDataOptions): Promise<DataSet> {
  const simulated = SIMULATED.exec(source);
  if (simulated === null) return withLabels(await openDataSet(source, options), options.labels);
  const [, name, countText, seed = '1'] = simulated;
  const survey = SIMULATED_SURVEYS.find((known) => known === name);
  const count = Number(countText);
  if (survey !== undefined && Number.isSafeInteger(count) && count > 0)
    return withLabels(simulatedDataSet({ survey, count, seed }), options.labels);
  throw new PipelineError(
    'INPUT_NOT_FOUND',
    `Cannot simulate "${source}" as it must be simulated:SURVEY:COUNT[:SEED] with ${SIMULATED_SURVEYS.join(' or ')} ` +
      'and a count above 0',
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
