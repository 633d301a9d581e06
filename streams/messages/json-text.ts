import { parse } from 'lossless-json';
import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';

/** Deeper nesting than any broker's messages have: a parser goes down by recursion. */
const DEPTH_MAX = 64;
/** Numbers, texts, lists and records in one message: a spectrum of 20,000 samples has 60,000. */
const VALUES_MAX = 1_000_000;
/** An image as text is the largest seen. */
const TEXT_BYTES_MAX = 2 * 1024 * 1024;
const INT64_DIGITS_MAX = 19;
const REASON_LENGTH_MAX = 200;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];
const SPACE: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** True for bytes that begin as a JSON record or list, after a byte order mark and white space. */
export function isLikeJson(bytes: Buffer): boolean {
  let at = startOf(bytes);
  while (SPACE.includes(bytes[at])) at++;
  return OPENING.includes(bytes[at] ?? 0);
}

/**
 * A JSON text in UTF-8, with or without a byte order mark. Integers beyond ±2⁵³ that fit 64 bits are `bigint`, all other
 * numbers `number`; halves of surrogate pairs become U+FFFD, as in all text that was UTF-8 once.
 *
 * @returns JSON_INVALID for anything else: NaN and Infinity, which are no JSON, a key with two values, bytes that are
 *   no UTF-8, nesting, texts or numbers of values above their limits
 * @complexity O(n) time and memory
 */
export function readJson(bytes: Buffer): Result<unknown> {
  const fault = limitFault(bytes);
  if (fault !== null) return invalid(fault);
  let text = '';
  try {
    text = utf8.decode(bytes);
    const wellFormed = HALF_PAIR.test(text) ? (_key: string, value: unknown) => paired(value) : null;
    return accepted(parse(text, wellFormed, { parseNumber: numberOf }));
  } catch (error) {
    return invalid(whyNot(error, text));
  }
}

const HALF_PAIR = /\\u[dD][89a-fA-F]/;

function paired(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Cs}/gu, '\ufffd') : value;
}

function invalid(why: string): Result<never> {
  return rejected('JSON_INVALID', `Cannot read a message as JSON: ${why}`);
}

/** What Python's and other writers have that is no JSON. */
const NO_NUMBER = /[[:,\s-](?:NaN|Infinity)\b/;

function whyNot(error: unknown, text: string): string {
  if (error instanceof TypeError) return 'it is not UTF-8';
  const message = error instanceof Error ? error.message : String(error);
  const hint = NO_NUMBER.test(text) ? ' (NaN and Infinity are no JSON)' : '';
  return `${message.slice(0, REASON_LENGTH_MAX)}${hint}`.replaceAll(/\p{C}/gu, '?');
}

/** @param text a number of JSON's grammar */
function numberOf(text: string): number | bigint {
  const value = Number(text);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(text)) return value;
  if (text.length > INT64_DIGITS_MAX + 1) return value;
  const exact = BigInt(text);
  return exact === BigInt.asIntN(64, exact) ? exact : value;
}

function startOf(bytes: Buffer): number {
  return bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
}

/** Which limit a text exceeds, told from its brackets, commas and quotes before it is parsed. */
function limitFault(bytes: Buffer): string | null {
  let depth = 0;
  let values = 1;
  for (let at = startOf(bytes); at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      const end = endOfText(bytes, at + 1);
      if (end - at > TEXT_BYTES_MAX) return `it has a text of more than ${TEXT_BYTES_MAX} bytes`;
      at = end;
    } else if (OPENING.includes(byte)) {
      if (++depth > DEPTH_MAX) return `it is nested more than ${DEPTH_MAX} deep`;
      values++;
    } else if (CLOSING.includes(byte)) depth--;
    else if (byte === COMMA) values++;
    if (values > VALUES_MAX) return `it has more than ${VALUES_MAX} values`;
  }
  return null;
}

/** Position of the closing quote, or the end of the bytes. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, bytes.length);
}
