import type { DataFault, DataSet, DataSetObject } from '../../core/index.ts';
import { PipelineError } from '../../core/index.ts';

/** An object, and where it was found. */
export interface LocatedObject {
  readonly file: string;
  /** Zero-based row; `null` where the file is the object. */
  readonly row: number | null;
  readonly object: DataSetObject;
}

export interface FileDataSetOptions {
  readonly source: string;
  /** In the order in which they are read. */
  readonly files: readonly string[];
  /**
   * The objects of one file, in order.
   *
   * @throws Error where the file cannot be read on
   */
  readonly read: (file: string, onFault: (fault: DataFault) => void) => AsyncIterable<LocatedObject>;
}

/**
 * A data set over files. A second object of one id is a fault: all ids are remembered, about 100 bytes each. A file that
 * cannot be read on is a fault, and the next is read; where it is the only one the reading ends.
 */
export function createFileDataSet({ source, files, read }: FileDataSetOptions): DataSet {
  async function* objects(onFault: (fault: DataFault) => void): AsyncGenerator<DataSetObject> {
    const seen = new Set<string>();
    for (const file of files) {
      try {
        for await (const { row, object, ...place } of read(file, onFault)) {
          if (seen.has(object.objectId)) {
            onFault({
              file: place.file,
              row,
              reason: `${JSON.stringify(object.objectId)}: it is there already`,
            });
            continue;
          }
          seen.add(object.objectId);
          yield object;
        }
      } catch (cause) {
        const reason = lineOf(cause);
        if (files.length === 1) throw unreadable(file, reason, cause);
        onFault({ file, row: null, reason });
      }
    }
  }
  return { source, objects, close: () => Promise.resolve() };
}

function unreadable(file: string, reason: string, cause: unknown): PipelineError {
  if (cause instanceof PipelineError) return cause;
  return new PipelineError('INPUT_UNREADABLE', `Cannot read the data set "${file}": ${reason}`, { cause });
}

/** The first line of what was thrown. */
function lineOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split('\n', 1)[0] ?? message;
}
