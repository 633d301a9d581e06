import type { AvroRecord, Projection } from './adapter.ts';
import { isRecord } from './fields.ts';

/** One or several dotted paths, as a mapping has them. */
export type Paths = string | readonly string[];

/** Reads the first of several paths that leads to a value. */
export class PathReader {
  readonly paths: readonly string[];
  readonly #parts: readonly (readonly string[])[];

  constructor(paths: Paths) {
    this.paths = typeof paths === 'string' ? [paths] : paths;
    this.#parts = this.paths.map((path) => path.split('.'));
  }

  /** The value; `null` or `undefined` where no path leads to one. */
  read(record: AvroRecord): unknown {
    let value: unknown;
    for (const parts of this.#parts) {
      value = valueAt(record, parts);
      if (value !== null && value !== undefined) return value;
    }
    return value;
  }

  /** The path that leads to a value; the first where none does. */
  pathIn(record: AvroRecord): string {
    const found = this.#parts.findIndex((parts) => (valueAt(record, parts) ?? null) !== null);
    return this.paths[Math.max(0, found)] ?? '';
  }
}

function valueAt(record: AvroRecord, parts: readonly string[]): unknown {
  let value: unknown = record;
  for (const part of parts) {
    // A field of its own only: a path such as "constructor" must not reach into the prototype.
    if (!isRecord(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

interface MutableProjection {
  [field: string]: true | MutableProjection;
}

/** The fields that dotted paths need, nested; a path that ends inside another's field takes that field whole. */
export function projectionOf(paths: readonly string[]): Projection {
  const projection: MutableProjection = Object.create(null) as MutableProjection;
  for (const path of paths) {
    let level = projection;
    const parts = path.split('.');
    for (const [depth, part] of parts.entries()) {
      const there = level[part];
      if (there === true) break;
      if (depth === parts.length - 1) {
        level[part] = true;
      } else {
        const next: MutableProjection = there ?? (Object.create(null) as MutableProjection);
        level[part] = next;
        level = next;
      }
    }
  }
  return projection;
}
