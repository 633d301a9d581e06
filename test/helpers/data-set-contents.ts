import type { DataFault, DataSet, DataSetObject } from '../../core/index.ts';

/** All that a data set gives, and what it left out; the data set is closed. */
export async function contentsOf(
  dataSet: DataSet,
): Promise<{ readonly objects: readonly DataSetObject[]; readonly faults: readonly DataFault[] }> {
  const objects: DataSetObject[] = [];
  const faults: DataFault[] = [];
  try {
    for await (const object of dataSet.objects((fault) => faults.push(fault))) objects.push(object);
  } finally {
    await dataSet.close();
  }
  return { objects, faults };
}
