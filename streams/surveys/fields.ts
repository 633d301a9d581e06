import type { SurveyId } from '../../core/index.ts';
import type { AvroRecord, WriterSchemaName } from './adapter.ts';

const NO_FIELDS: AvroRecord = Object.freeze({});
const NO_ITEMS: readonly unknown[] = Object.freeze([]);
const CODE_A = 97;
const CODE_UPPER_A = 65;
/** Identifiers become keys of stores and topics: longer text, and text with control characters, is none. */
const IDENTIFIER = /^\P{C}{1,256}$/u;
const VERSION_LENGTH_MAX = 32;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

/** True for a decoded record: an object that is neither a list nor bytes. */
export function isRecord(value: unknown): value is AvroRecord {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/** The record below a field; one without fields where there is none. */
export function recordIn(record: AvroRecord, field: string): AvroRecord {
  const value = record[field];
  return isRecord(value) ? value : NO_FIELDS;
}

/** The list below a field; an empty one where there is none (`null` histories are usual). */
export function listIn(record: AvroRecord, field: string): readonly unknown[] {
  const value = record[field];
  return Array.isArray(value) ? value : NO_ITEMS;
}

/** A number as packed, NaN where there is none: inside the adapters NaN is "missing", and it stops there. */
export function numberFrom(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : Number.NaN;
}

/**
 * An identifier: `bigint` for integers, text for text.
 *
 * @returns `null` for a missing, empty or unprintable one, and for a number that is no exact integer
 */
export function surveyIdFrom(value: unknown): SurveyId | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') return isIdentifier(value) ? value : null;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
}

/** True for text that can be an identifier. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** A band as one lower-case letter; empty where the value is no single letter. */
export function bandFrom(value: unknown): string {
  if (typeof value !== 'string' || value.length !== 1) return '';
  const code = value.charCodeAt(0);
  return LETTERS[code - CODE_A] ?? LETTERS[code - CODE_UPPER_A] ?? '';
}

/**
 * Sign of a difference flux from a flag "the source is brighter than in the reference", in all its spellings.
 *
 * @returns 1, −1, or NaN where it is missing or unreadable
 */
export function signFrom(value: unknown): number {
  switch (value) {
    case 't':
    case '1':
    case 1:
    case 1n:
    case true:
    case 'T':
    case 'true':
    case 'True':
      return 1;
    case 'f':
    case '0':
    case 0:
    case 0n:
    case false:
    case 'F':
    case 'false':
    case 'False':
      return -1;
    default:
      return Number.NaN;
  }
}

/** A score from 0 to 1; `null` where it is missing or a placeholder outside. */
export function ratioFrom(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value + 0 : null;
}

/** The writer schema's own version, or what the packet says where the schema says nothing. */
export function schemaVersionOf(schema: WriterSchemaName, stated: unknown): string {
  const version = schema.version ?? stated;
  return typeof version === 'string' && version !== '' && version.length <= VERSION_LENGTH_MAX
    ? version
    : 'unknown';
}
