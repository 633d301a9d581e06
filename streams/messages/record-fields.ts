import type { AvroRecord } from '../surveys/adapter.ts';
import { ID_COLUMNS, POSITION_COLUMNS, sameName } from '../joins/catalogue-columns.ts';
import { numberFrom, surveyIdFrom } from '../surveys/fields.ts';

/** Which object a record is about: as much of it as is known, and usable. */
export interface RecordSubject {
  readonly objectId: string | null;
  /** ICRS, degrees; both or neither. */
  readonly raDeg: number | null;
  readonly decDeg: number | null;
}

/**
 * Object and position of a record by the names that catalogues use, letters' case aside. A position that is not on the
 * sky is missing.
 *
 * @returns `null` where neither is there
 */
export function subjectOf(record: AvroRecord): RecordSubject | null {
  const names = Object.keys(record);
  const objectId = first(ID_COLUMNS, (column) => surveyIdFrom(valueOf(record, names, column)));
  const position = first(POSITION_COLUMNS, ([ra, dec]) =>
    positionFrom(valueOf(record, names, ra), valueOf(record, names, dec)),
  );
  if (objectId === null && position === null) return null;
  return {
    objectId: objectId === null ? null : String(objectId),
    raDeg: position?.raDeg ?? null,
    decDeg: position?.decDeg ?? null,
  };
}

function positionFrom(ra: unknown, dec: unknown): { readonly raDeg: number; readonly decDeg: number } | null {
  const [raDeg, decDeg] = [numberFrom(ra), numberFrom(dec)];
  const isOnSky = raDeg >= 0 && raDeg <= 360 && decDeg >= -90 && decDeg <= 90;
  return isOnSky ? { raDeg: (raDeg % 360) + 0, decDeg: decDeg + 0 } : null;
}

function valueOf(record: AvroRecord, names: readonly string[], wanted: string): unknown {
  const name = names.includes(wanted) ? wanted : names.find((candidate) => sameName(candidate, wanted));
  return name === undefined ? undefined : record[name];
}

/** The first value that is not `null`. */
function first<T, V>(items: readonly T[], valueFrom: (item: T) => V | null): V | null {
  for (const item of items) {
    const value = valueFrom(item);
    if (value !== null) return value;
  }
  return null;
}
