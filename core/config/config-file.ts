import { closeSync, openSync, readSync } from 'node:fs';
import { LineCounter, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { PipelineError, systemErrorCode } from '../errors.ts';

/** Far above any configuration; a larger file is not one. */
const FILE_BYTES_MAX = 1024 * 1024;

const PLAIN_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
};

/** A configuration file's content, and where in it each value stands. */
export interface ConfigFile {
  readonly content: Readonly<Record<string, unknown>>;
  readonly lines: readonly { readonly path: readonly (string | number)[]; readonly line: number }[];
}

/**
 * Reads a file of YAML whose top is a map.
 *
 * @returns an empty map for an empty file
 * @throws PipelineError CONFIG_INVALID if it cannot be read, is no UTF-8 or no YAML, has a key twice, or aliases that unfold
 *   without measure
 */
export function readConfigFile(file: string): ConfigFile {
  const counter = new LineCounter();
  const { document, content } = parsed(textOf(file), file, counter);
  if (content === null) return { content: {}, lines: [] };
  if (!isPlainObject(content)) {
    const kind = Array.isArray(content) ? 'a list' : typeof content;
    throw unusable(file, `as it must be a map of sections: current value is ${kind}`);
  }
  return { content, lines: [...linesOf(document.contents, [], counter)] };
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of what a YAML parser complains about, on one line. */
export function yamlComplaint(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function parsed(text: string, file: string, lineCounter: LineCounter) {
  try {
    const document = parseDocument(text, { lineCounter });
    const [complaint] = [...document.errors, ...document.warnings];
    if (complaint !== undefined) throw complaint;
    return { document, content: document.toJS() as unknown };
  } catch (cause) {
    throw unusable(file, `as it is not valid YAML: ${yamlComplaint(cause)}`, cause);
  }
}

function textOf(file: string): string {
  const bytes = bytesOf(file);
  if (bytes.length > FILE_BYTES_MAX)
    throw unusable(file, `as it must be at most ${FILE_BYTES_MAX} bytes: it is larger`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unusable(file, 'as it must be UTF-8: some bytes are not', cause);
  }
}

/** Of a file or a pipe, at most one byte more than is allowed. */
function bytesOf(file: string): Buffer {
  const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
  let length = 0;
  try {
    const descriptor = openSync(file, 'r');
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(descriptor, bytes, length, bytes.length - length, null);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    const code = systemErrorCode(cause) ?? String(cause);
    throw unusable(file, `as it cannot be read: ${PLAIN_REASONS[code] ?? code}`, cause);
  }
  return bytes.subarray(0, length);
}

/** Every map, list and value with its line; what an alias stands for is at the alias. */
function* linesOf(
  node: unknown,
  path: readonly (string | number)[],
  counter: LineCounter,
): Generator<ConfigFile['lines'][number]> {
  if (!isNode(node)) return;
  const start = node.range?.[0];
  if (path.length > 0 && start !== undefined) yield { path, line: counter.linePos(start).line };
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) yield* linesOf(item, [...path, index], counter);
    return;
  }
  if (!isMap(node)) return;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const inner = [...path, String(pair.key.value)];
    // A map begins on the line after its key; the key is where one looks.
    const line = counter.linePos(pair.key.range?.[0] ?? 0).line;
    yield { path: inner, line };
    if (isMap(pair.value) || isSeq(pair.value)) {
      for (const place of linesOf(pair.value, inner, counter))
        if (place.path.length > inner.length) yield place;
    }
  }
}

function unusable(file: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError('CONFIG_INVALID', `Cannot use "${file}" as configuration ${why}`, { cause });
}
