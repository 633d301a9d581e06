import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { DATA_SPLITS, PipelineError } from '../../../core/index.ts';

const objectSchema = z.strictObject({
  objectId: z.string(),
  className: z.string().nullable(),
  survey: z.string(),
  split: z.enum(DATA_SPLITS).nullable(),
});

/** Who an object of a file of tensors is: row n of the file is object n. */
export type IndexedObject = Readonly<z.infer<typeof objectSchema>>;

/** The file beside a file of tensors that says which objects its rows are, a JSON line a row. */
export function objectIndexFile(tensorsFile: string): string {
  return `${tensorsFile.replace(/\.safetensors$/, '')}.objects.jsonl`;
}

/**
 * The objects of a file of tensors, in order of its rows.
 *
 * @throws PipelineError INPUT_UNREADABLE naming the line
 */
export async function readObjectIndex(tensorsFile: string): Promise<readonly IndexedObject[]> {
  const file = objectIndexFile(tensorsFile);
  const objects: IndexedObject[] = [];
  try {
    for await (const line of createInterface({ input: createReadStream(file) }))
      objects.push(objectSchema.parse(JSON.parse(line)));
  } catch (cause) {
    throw new PipelineError(
      'INPUT_UNREADABLE',
      `Cannot read "${file}" as line ${objects.length + 1} must be an object of a file of tensors`,
      { cause },
    );
  }
  return objects;
}

/** The classes of objects by name, in order: a label is a place among them. */
export function classesOf(objects: readonly Pick<IndexedObject, 'className'>[]): readonly string[] {
  const names = objects.flatMap(({ className }) => (className === null ? [] : [className]));
  return [...new Set(names)].sort();
}
