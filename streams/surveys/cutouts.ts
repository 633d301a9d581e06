import type { Cutout } from '../../core/index.ts';
import { isRecord } from './fields.ts';
import type { AvroRecord, Projection } from './adapter.ts';

/** Reads a packet's cutouts: bytes, or a record with `stampData` as ZTF and ATLAS have it. */
export class CutoutReader {
  readonly #fields: readonly (readonly [name: string, field: string])[];

  /** @param fields top-level field by canonical name */
  constructor(fields: Readonly<Record<string, string>>) {
    this.#fields = Object.entries(fields);
  }

  /** The fields whole, for packets whose cutouts are wanted. */
  projection(): Projection {
    return Object.fromEntries(this.#fields.map(([, field]) => [field, true]));
  }

  /** Names of the cutouts that the packet holds, with or without their bytes. */
  names(record: AvroRecord): readonly string[] {
    const names: string[] = [];
    for (const [name, field] of this.#fields) {
      const value = record[field];
      if (value !== null && value !== undefined) names.push(name);
    }
    return names;
  }

  cutouts(record: AvroRecord): readonly Cutout[] {
    const cutouts: Cutout[] = [];
    for (const [name, field] of this.#fields) {
      const value = record[field];
      const bytes = isRecord(value) ? value['stampData'] : value;
      if (bytes instanceof Uint8Array) cutouts.push({ name, bytes });
    }
    return cutouts;
  }
}
