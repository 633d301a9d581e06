import type { FitsUnit } from './fits.ts';
import { readFits } from './fits.ts';

/** What surveys write for no subclass. */
const NO_CLASS = /^(?:|non|none|null|n\/a|unknown|-+)$/i;

/**
 * The class that a survey gave the object of a FITS spectrum: of LAMOST's header SUBCLASS (`G5`), or without one CLASS
 * (`STAR`); of SDSS's table beside the spectrum CLASS (`GALAXY`), or without one SUBCLASS.
 *
 * @param bytes a whole file, uncompressed
 * @param samplesMax longest spectrum: larger units are not looked into
 * @returns `null` where the file has none, or cannot be read
 * @source LAMOST DR5 data release description, section 3; SDSS data model of spec-lite files, HDU 2
 */
export async function fitsClass(bytes: Uint8Array, samplesMax: number): Promise<string | null> {
  const units = await readFits(bytes, samplesMax, (unit) => classIn(unit) !== null);
  const last = units.ok ? units.value.at(-1) : undefined;
  return last === undefined ? null : classIn(last);
}

function classIn(unit: FitsUnit): string | null {
  const inHeader = firstClass([unit.card('SUBCLASS'), unit.card('CLASS')]);
  if (inHeader !== null || unit.kind !== 'table') return inHeader;
  const names = unit.columnNames.map((name) => name.toUpperCase());
  const cell = (name: string): string | null => {
    const column = names.indexOf(name);
    const texts = column < 0 ? null : unit.texts(column);
    // A table of many objects says nothing about this one.
    return texts?.length === 1 ? (texts[0] ?? null) : null;
  };
  return firstClass([cell('CLASS'), cell('SUBCLASS')]);
}

function firstClass(values: readonly unknown[]): string | null {
  for (const value of values) {
    if (typeof value === 'string' && !NO_CLASS.test(value.trim())) return value.trim();
  }
  return null;
}
