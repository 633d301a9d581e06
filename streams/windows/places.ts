import { separationArcsec, skyCell, skyCellsWithin } from '../sky.ts';
import { compareText } from './alert-record.ts';
import { ByteReader, ByteWriter, readOrReject } from './bytes.ts';
import { cellKey, cellRange, numberedCellKey, numberOfCellKey } from './store-keys.ts';
import type { TableName, Tables } from './tables.ts';

/** ICRS, degrees. */
export interface SkyPosition {
  readonly raDeg: number;
  readonly decDeg: number;
}

/** Something in the sky with a name and a number. */
export interface NumberedPlace extends SkyPosition {
  readonly name: string;
  /** From 1; no two of a table have the same. */
  readonly number: number;
}

/** Numbered places of one cell that are looked at, the newest: a cell is 10 arcsec wide. */
const READ_PER_CELL_MAX = 4096;

/**
 * Names at positions in the sky, found by position: one table, keyed by sky cell. `nearest` is for those that were added by
 * name, `within` for those with a number.
 */
export class Places {
  readonly #tables: Tables;
  readonly #table: TableName;

  constructor(tables: Tables, table: TableName) {
    this.#tables = tables;
    this.#table = table;
  }

  add(name: string, { raDeg, decDeg }: SkyPosition): void {
    const key = cellKey(skyCell(raDeg, decDeg), name);
    this.#tables.put(this.#table, key, encodePlace(name, { raDeg, decDeg }));
  }

  remove(name: string, { raDeg, decDeg }: SkyPosition): void {
    this.#tables.remove(this.#table, cellKey(skyCell(raDeg, decDeg), name));
  }

  addNumbered({ name, number, raDeg, decDeg }: NumberedPlace): void {
    const key = numberedCellKey(skyCell(raDeg, decDeg), number);
    this.#tables.put(this.#table, key, encodePlace(name, { raDeg, decDeg }));
  }

  removeNumbered({ number, raDeg, decDeg }: NumberedPlace): void {
    this.#tables.remove(this.#table, numberedCellKey(skyCell(raDeg, decDeg), number));
  }

  /** The names within a radius, the highest number first: so many at most, of a crowded cell's highest. */
  within(position: SkyPosition, radiusArcsec: number, namesMax: number): readonly string[] {
    return skyCellsWithin(position.raDeg, position.decDeg, radiusArcsec)
      .flatMap((cell) => this.#tables.range(this.#table, { ...cellRange(cell), limit: READ_PER_CELL_MAX }))
      .map(({ key, value }) => ({ ...decodePlace(value), number: numberOfCellKey(key) }))
      .filter((place) => separationArcsec(position, place) <= radiusArcsec)
      .sort((a, b) => b.number - a.number)
      .slice(0, namesMax)
      .map(({ name }) => name);
  }

  /** The nearest name within a radius; of equally near ones the first by name. */
  nearest(position: SkyPosition, radiusArcsec: number): string | null {
    let nearest: { readonly name: string; readonly arcsec: number } | null = null;
    for (const cell of skyCellsWithin(position.raDeg, position.decDeg, radiusArcsec)) {
      for (const { value } of this.#tables.range(this.#table, cellRange(cell))) {
        const { name, raDeg, decDeg } = decodePlace(value);
        const arcsec = separationArcsec(position, { raDeg, decDeg });
        if (arcsec > radiusArcsec) continue;
        const isNearer =
          nearest === null ||
          arcsec < nearest.arcsec ||
          (arcsec === nearest.arcsec && compareText(name, nearest.name) < 0);
        if (isNearer) nearest = { name, arcsec };
      }
    }
    return nearest?.name ?? null;
  }
}

function encodePlace(name: string, { raDeg, decDeg }: SkyPosition): Buffer {
  const writer = new ByteWriter();
  writer.float64(raDeg);
  writer.float64(decDeg);
  writer.text(name);
  return writer.finish();
}

function decodePlace(bytes: Buffer): SkyPosition & { readonly name: string } {
  return readOrReject('a position', () => {
    const reader = new ByteReader(bytes);
    return { raDeg: reader.float64(), decDeg: reader.float64(), name: reader.text() };
  });
}
