import type { DataSplit } from '../../core/index.ts';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import { openTable, tableErrorText } from '../joins/table.ts';
import { ColumnFinder } from './column-finder.ts';
import { splitOfName } from './split-name.ts';

export interface Label {
  /** `null` where the cell is empty. */
  readonly className: string | null;
  readonly split: DataSplit | null;
}

const TEXTS = ['text', 'number'] as const;

/**
 * Labels by object id from a table (CSV or Parquet): `objectId` (or `object_id`, `id`, `name`), `class` (or `cls`,
 * `label`, `className`), and where there `split`. Of an object with several rows the first counts. Held in memory.
 *
 * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE, or DATA_SET_INVALID for a table without these columns
 */
export async function readLabels(file: string): Promise<ReadonlyMap<string, Label>> {
  const table = await openTable(file).catch((cause: unknown) => {
    throw labelsError(file, cause);
  });
  try {
    const finder = new ColumnFinder(file, table.columns);
    const id = finder.required(['objectId', 'object_id', 'id', 'name'], TEXTS);
    const className = finder.required(['class', 'cls', 'label', 'className'], TEXTS);
    const split = finder.find(['split']);
    const request = [id, className, ...(split === null ? [] : [split])].map(({ name }) => ({
      name,
      as: 'text' as const,
    }));
    const labels = new Map<string, Label>();
    for await (const chunk of table.chunks(request)) {
      for (let row = 0; row < chunk.rowCount; row++) {
        const objectId = chunk.text(0, row)?.trim() ?? '';
        const text = chunk.text(1, row)?.trim() ?? '';
        if (objectId === '' || labels.has(objectId)) continue;
        labels.set(objectId, {
          className: text === '' ? null : text,
          split: split === null ? null : splitOfName(chunk.text(2, row)),
        });
      }
    }
    return labels;
  } catch (cause) {
    throw labelsError(file, cause);
  } finally {
    table.close();
  }
}

function labelsError(file: string, cause: unknown): PipelineError {
  if (cause instanceof PipelineError) return cause;
  return systemErrorCode(cause) === 'ENOENT'
    ? new PipelineError('INPUT_NOT_FOUND', `Cannot find the labels "${file}"`, { cause })
    : new PipelineError('INPUT_UNREADABLE', `Cannot read the labels "${file}": ${tableErrorText(cause)}`, {
        cause,
      });
}
