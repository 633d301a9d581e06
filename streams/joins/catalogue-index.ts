import type { Metadata, MetadataField } from '../../core/index.ts';
import { separationArcsec, skyCell, skyCellsWithin } from '../sky.ts';

/** A catalogue source within the match radius. */
export interface CatalogueCandidate {
  /** The catalogue's own name of the source; `null` where it has none, or one longer than ID_BYTES_MAX. */
  readonly catalogueId: string | null;
  /** ICRS, degrees. */
  readonly raDeg: number;
  readonly decDeg: number;
  readonly separationArcsec: number;
  /** Values to float32 precision. */
  readonly metadata: Metadata;
}

/** The nearest source within the radius, and every other that might be meant instead. */
export interface CatalogueMatch {
  readonly metadata: Metadata;
  readonly separationArcsec: number;
  /** All within the radius, nearest first, at most join.metadataCandidatesMax; the first is the match. */
  readonly candidates: readonly CatalogueCandidate[];
}

/** The columns of a catalogue in memory, a block of rows at a time as they were read. */
export interface CatalogueBlock {
  /** [rows] ICRS, degrees, [0, 360). */
  readonly raDeg: Float64Array;
  /** [rows] ICRS, degrees, [−90, 90]. */
  readonly decDeg: Float64Array;
  /** One [rows] array per field, NaN for missing. */
  readonly values: readonly Float32Array[];
  /** [rows] bytes of each identifier in `idText`, 0 for none; `null` for a catalogue without. */
  readonly idBytes: Uint8Array | null;
  /** The identifiers one after the other, UTF-8. */
  readonly idText: Uint8Array;
}

/**
 * Longest identifier kept, bytes of UTF-8: the text of 50 million then stays below 4 GiB, which 32 bits
 * address.
 */
export const ID_BYTES_MAX = 64;

export interface MatchLimits {
  /** Great-circle radius, arcsec. */
  readonly radiusArcsec: number;
  readonly candidatesMax: number;
}

/** Bits of a sort key that hold the row: rows are limited to 50 million, cells take 33 bits more. */
const ROW_BITS = 31n;
const ROW_MASK = (1n << ROW_BITS) - 1n;

/**
 * A catalogue's sources in order of sky cell, so that the sources near a position are found by binary search.
 *
 * Memory: 24 bytes a row for position and cell, 4 for each field, and 5 plus the text for an identifier;
 * while the index is built, about as much again.
 */
export class CatalogueIndex {
  readonly rows: number;
  readonly #fields: readonly MetadataField[];
  readonly #cells: Float64Array;
  readonly #raDeg: Float64Array;
  readonly #decDeg: Float64Array;
  readonly #values: readonly Float32Array[];
  readonly #idBytes: Uint8Array | null;
  readonly #idStarts: Uint32Array;
  readonly #idText: Uint8Array;

  /**
   * @param fields what `values` of each block hold, in their order
   * @param blocks rows in the order of the file; emptied
   * @complexity O(n log n) time; O(n) memory
   */
  constructor(fields: readonly MetadataField[], blocks: CatalogueBlock[]) {
    this.#fields = fields;
    this.rows = blocks.reduce((sum, block) => sum + block.raDeg.length, 0);
    const order = rowsByCell(blocks, this.rows);
    const gather = <A extends Float64Array | Float32Array | Uint8Array | Uint32Array>(
      joined: A,
      partOf: (block: CatalogueBlock) => A | null,
    ): A => {
      let at = 0;
      for (const block of blocks) {
        const part = partOf(block);
        joined.set(part ?? [], at);
        at += block.raDeg.length;
      }
      const source = joined.slice();
      for (let i = 0; i < this.rows; i++) joined[i] = source[order[i] ?? 0] ?? 0;
      return joined;
    };
    this.#raDeg = gather(new Float64Array(this.rows), (block) => block.raDeg);
    this.#decDeg = gather(new Float64Array(this.rows), (block) => block.decDeg);
    this.#values = fields.map((_, field) =>
      gather(new Float32Array(this.rows), (block) => block.values[field] ?? null),
    );
    const hasIds = blocks.some((block) => block.idBytes !== null);
    const starts = hasIds ? idStarts(blocks, this.rows) : new Uint32Array(0);
    this.#idStarts = starts.map((_, i) => starts[order[i] ?? 0] ?? 0);
    this.#idBytes = hasIds ? gather(new Uint8Array(this.rows), (block) => block.idBytes) : null;
    this.#idText = Buffer.concat(hasIds ? blocks.map((block) => block.idText) : []);
    blocks.length = 0;
    this.#cells = new Float64Array(this.rows);
    for (let i = 0; i < this.rows; i++) {
      this.#cells[i] = skyCell(this.#raDeg[i] ?? 0, this.#decDeg[i] ?? 0);
    }
  }

  /**
   * Sources within the radius, nearest first. Equally near ones come in order of sky cell, and within one in
   * the order of the file.
   *
   * @param raDeg  ICRS, [0, 360)
   * @param decDeg ICRS, [−90, 90]
   * @complexity O(log n) for a radius of arcseconds
   */
  match(raDeg: number, decDeg: number, { radiusArcsec, candidatesMax }: MatchLimits): CatalogueMatch | null {
    const rows: number[] = [];
    const separations: number[] = [];
    let row = 0;
    let cellBefore = NaN;
    for (const cell of skyCellsWithin(raDeg, decDeg, radiusArcsec)) {
      if (cell !== cellBefore + 1) row = this.#firstRowFrom(cell, row);
      for (; row < this.rows && this.#cells[row] === cell; row++) {
        const separation = separationArcsec({ raDeg, decDeg }, this.#position(row));
        if (separation > radiusArcsec) continue;
        let place = rows.length;
        while (place > 0 && (separations[place - 1] ?? 0) > separation) place--;
        if (place >= candidatesMax) continue;
        rows.splice(place, 0, row);
        separations.splice(place, 0, separation);
        if (rows.length > candidatesMax) {
          rows.pop();
          separations.pop();
        }
      }
      cellBefore = cell;
    }
    const candidates = rows.map((found, i) => this.#candidate(found, separations[i] ?? 0));
    const [nearest] = candidates;
    if (nearest === undefined) return null;
    return { metadata: nearest.metadata, separationArcsec: nearest.separationArcsec, candidates };
  }

  /** First row at or after `from` whose cell is not before `cell`. */
  #firstRowFrom(cell: number, from: number): number {
    let low = from;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cells[middle] ?? Infinity) < cell) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #position(row: number): { readonly raDeg: number; readonly decDeg: number } {
    return { raDeg: this.#raDeg[row] ?? NaN, decDeg: this.#decDeg[row] ?? NaN };
  }

  #candidate(row: number, separation: number): CatalogueCandidate {
    const metadata: Partial<Record<MetadataField, number>> = {};
    for (const [i, field] of this.#fields.entries()) {
      const value = this.#values[i]?.[row];
      if (value !== undefined && !Number.isNaN(value)) metadata[field] = value;
    }
    return {
      catalogueId: this.#catalogueId(row),
      ...this.#position(row),
      separationArcsec: separation,
      metadata,
    };
  }

  #catalogueId(row: number): string | null {
    const bytes = this.#idBytes?.[row] ?? 0;
    if (bytes === 0) return null;
    const start = this.#idStarts[row] ?? 0;
    return Buffer.from(this.#idText.buffer, this.#idText.byteOffset + start, bytes).toString('utf8');
  }
}

/** Rows in order of sky cell, those of one cell in the order of the file. */
function rowsByCell(blocks: readonly CatalogueBlock[], rows: number): Uint32Array {
  const keys = new BigUint64Array(rows);
  let row = 0;
  for (const { raDeg, decDeg } of blocks) {
    for (let i = 0; i < raDeg.length; i++, row++) {
      keys[row] = (BigInt(skyCell(raDeg[i] ?? 0, decDeg[i] ?? 0)) << ROW_BITS) | BigInt(row);
    }
  }
  keys.sort();
  return Uint32Array.from({ length: rows }, (_, i) => Number((keys[i] ?? 0n) & ROW_MASK));
}

/** Where each row's identifier starts in the joined text, in the order of the file. */
function idStarts(blocks: readonly CatalogueBlock[], rows: number): Uint32Array {
  const starts = new Uint32Array(rows);
  let row = 0;
  let at = 0;
  for (const { raDeg, idBytes } of blocks) {
    for (let i = 0; i < raDeg.length; i++, row++) {
      starts[row] = at;
      at += idBytes?.[i] ?? 0;
    }
  }
  return starts;
}
