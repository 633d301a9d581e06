import { separationArcsec, skyCell, skyCellsWithin } from '../sky.ts';
import { compareText } from './alert-record.ts';
import { ByteReader, ByteWriter, readOrReject } from './bytes.ts';
import { cellKey, cellRange } from './store-keys.ts';
import type { TableName, Tables } from './tables.ts';

/** ICRS, degrees. */
export interface SkyPosition {
  readonly raDeg: number;
  readonly decDeg: number;
}

/** Names at positions in the sky, found by position: one table, keyed by sky cell. */
export class Places {
  readonly #tables: Tables;
  readonly #table: TableName;

  constructor(tables: Tables, table: TableName) {
    this.#tables = tables;
    this.#table = table;
  }

  add(name: string, { raDeg, decDeg }: SkyPosition): void {
    const writer = new ByteWriter();
    writer.float64(raDeg);
    writer.float64(decDeg);
    writer.text(name);
    this.#tables.put(this.#table, cellKey(skyCell(raDeg, decDeg), name), writer.finish());
  }

  remove(name: string, { raDeg, decDeg }: SkyPosition): void {
    this.#tables.remove(this.#table, cellKey(skyCell(raDeg, decDeg), name));
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

function decodePlace(bytes: Buffer): SkyPosition & { readonly name: string } {
  return readOrReject('a position', () => {
    const reader = new ByteReader(bytes);
    return { raDeg: reader.float64(), decDeg: reader.float64(), name: reader.text() };
  });
}
