import type { DataFault, DataSet, DataSetObject } from '../../core/index.ts';

/** A data set of objects that are there, each time with the faults that are given. */
export function memoryDataSet(
  source: string,
  given: readonly DataSetObject[],
  faults: readonly DataFault[] = [],
): DataSet {
  return {
    source,
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream, though its objects are there
    async *objects(onFault) {
      faults.forEach(onFault);
      yield* given;
    },
    close: () => Promise.resolve(),
  };
}
