import Table from 'cli-table3';
import { ERROR_INFO, counted, jsonText, positionText } from '../core/index.ts';
import type { DecodedNow, LetterList, StoredLetter } from '../pipeline/index.ts';

const HEX_ROW_BYTES = 16;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** Counts by code, then the letters. */
export function listText({ counts, total, rows }: LetterList): string {
  if (total === 0) return 'There are no such dead letters';
  const byCode = table(['code', 'letters', 'bytes'], ['left', 'right', 'right']);
  for (const { code, letters, bytes } of counts) byCode.push([plain(code), letters, bytes]);
  const cells = rows.map(({ source, code, byteLength, reason }) => {
    return [positionText(source), code, `${byteLength} bytes`, reason].map(plain);
  });
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)));
  // Positions and reasons are long: lines without a frame can be cut and searched.
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const shown =
    rows.length < total ? `The last ${rows.length} of ${total} letters` : counted(total, 'letter');
  return `${byCode.toString()}\n${shown}:\n${lines.join('\n')}`;
}

/** One line with the counts, then one for each letter. */
export function listJson({ counts, total, rows }: LetterList): string {
  const lines = rows.map((row) => jsonText({ position: positionText(row.source), ...row }));
  return [jsonText({ total, counts }), ...lines].join('\n');
}

/** A letter with everything that is known of it. */
export interface ShownLetter {
  readonly letter: StoredLetter;
  /** `null` if it is gone. */
  readonly packet: Buffer | null;
  readonly isIntact: boolean;
  readonly now: readonly DecodedNow[];
}

export function shownText({ letter, packet, isIntact, now }: ShownLetter, bytesMax: number): string {
  const { code, reason, source, place, atMs, byteLength, sha256 } = letter;
  const rows = [
    ['position', positionText(source)],
    ['code', code],
    ['meaning', codeMeaning(code)],
    ['reason', reason],
    ['letter', positionText(place)],
    ...(atMs === null ? [] : [['written', new Date(atMs).toISOString()]]),
    ['packet', `${byteLength} bytes`],
    ['sha256', `${sha256} (${integrity(packet, isIntact)})`],
    ...now.map((result) => ['now', nowText(result, letter)]),
  ];
  const text = rows.map(([name = '', value = '']) => `${name.padEnd(10)}${plain(value)}`).join('\n');
  return packet === null || bytesMax === 0 ? text : `${text}\n${hexDump(packet, bytesMax)}`;
}

export function shownJson({ letter, packet, isIntact, now }: ShownLetter, bytesMax: number): string {
  const { bytes, ...rest } = letter;
  return jsonText({
    position: positionText(letter.source),
    ...rest,
    ...codeInfo(letter.code),
    bytesOmitted: bytes === null,
    isIntact,
    now: now.map((result) => (result.ok ? { decodes: true, ...summaryOf(result.value) } : result.rejection)),
    hex: packet?.subarray(0, bytesMax).toString('hex') ?? null,
  });
}

/** Rows of 16 bytes: offset, hexadecimal, and as ASCII. */
export function hexDump(bytes: Buffer, bytesMax: number): string {
  const shown = bytes.subarray(0, bytesMax);
  const rows: string[] = [];
  for (let start = 0; start < shown.length; start += HEX_ROW_BYTES) {
    const row = shown.subarray(start, start + HEX_ROW_BYTES);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0'));
    const ascii = row.toString('latin1').replaceAll(/[^ -~]/g, '.');
    const columns = hex.join(' ').padEnd(3 * HEX_ROW_BYTES);
    rows.push(`${start.toString(16).padStart(8, '0')}  ${columns} ${ascii}`);
  }
  if (shown.length < bytes.length) rows.push(`… ${bytes.length - shown.length} bytes more (--bytes all)`);
  return rows.join('\n');
}

function codeInfo(code: string): { readonly stage: string; readonly retryable: boolean } | null {
  return Object.hasOwn(ERROR_INFO, code) ? ERROR_INFO[code as keyof typeof ERROR_INFO] : null;
}

function codeMeaning(code: string): string {
  const info = codeInfo(code);
  if (info === null) return 'a code of another version of nightjar';
  const again = info.retryable ? 'may succeed unchanged' : 'fails again unchanged';
  return `in stage ${info.stage}; ${again}; see docs/errors.md`;
}

function integrity(packet: Buffer | null, isIntact: boolean): string {
  if (packet === null) return 'the packet is gone';
  return isIntact ? 'the packet fits it' : 'the packet does not fit it';
}

function nowText(result: DecodedNow, { code, reason }: StoredLetter): string {
  if (result.ok) {
    const summary = Object.entries(summaryOf(result.value)).map(
      ([name, value]) => `${name} ${String(value)}`,
    );
    return `decodes now: ${summary.join(', ')}`;
  }
  const { rejection } = result;
  if (rejection.code === code && rejection.reason === reason) return 'the same rejection';
  return `${rejection.code === code ? 'the same code' : rejection.code}: ${rejection.reason}`;
}

function summaryOf(value: Extract<DecodedNow, { ok: true }>['value']): Readonly<Record<string, unknown>> {
  if (typeof value === 'string') return { kind: value };
  const { survey, objectId, alertId, mjdTai, points } = value;
  return { survey, objectId, alertId, mjdTai, points: points.length };
}

/** Texts come from packets: a control character could end the line or command the terminal. */
function plain(text: string): string {
  return text.replaceAll(CONTROL_CHARACTERS, '?');
}

function table(head: string[], colAligns: ('left' | 'right')[]): Table.Table {
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}
