import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, rejected, systemErrorCode } from '../../core/index.ts';
import { definedName, parseSchemaText } from '../avro/schema-nodes.ts';
import type { SchemaLayer, SchemaLookup } from './schema-layer.ts';

/** Rubin's schema ids: version 10.1 has id 1001. */
const IDS_PER_MAJOR = 100;
/** First version with such an id; below are other people's ids, as Roman RAPID's 100. */
const MAJOR_MIN = 7;

/**
 * A folder of writers' schemas: `ID.avsc` files, complete in themselves, and `MAJOR.MINOR/` folders of files
 * that refer to each other by full name, as Rubin's are published, the id being MAJOR·100 + MINOR, from
 * version 7.0.
 *
 * @throws PipelineError INPUT_NOT_FOUND if there is no such folder, INPUT_UNREADABLE
 */
export async function openSchemaFolder(folder: string): Promise<SchemaLayer> {
  const files = new Map<number, readonly string[]>();
  for (const entry of await entriesOf(folder)) {
    const file = /^(\d+)\.avsc$/.exec(entry);
    const version = /^(\d+)\.(\d+)$/.exec(entry);
    const where = path.join(folder, entry);
    if (file !== null) files.set(Number(file[1]), [where]);
    else if (version !== null && Number(version[1]) >= MAJOR_MIN) {
      const wireId = Number(version[1]) * IDS_PER_MAJOR + Number(version[2]);
      if (!files.has(wireId)) files.set(wireId, await schemaFilesIn(where));
    }
  }
  return {
    find: async (wireId) => {
      const own = files.get(wireId);
      return own === undefined || own.length === 0
        ? { kind: 'absent', where: `folder "${folder}" has none with it` }
        : await readSchemas(own);
    },
  };
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    const code = systemErrorCode(cause);
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    const why = isAbsent ? 'there is no such folder' : (code ?? String(cause));
    throw new PipelineError(
      isAbsent ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      `Cannot open "${folder}" as a folder of schemas: ${why}`,
      { cause },
    );
  }
}

async function schemaFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.avsc'))
    .sort()
    .map((name) => path.join(folder, name));
}

async function readSchemas(files: readonly string[]): Promise<SchemaLookup> {
  const named = new Map<string, unknown>();
  const roots = new Map<string, unknown>();
  for (const file of files) {
    const parsed = await readFile(file, 'utf8').then(parseSchemaText, unreadable);
    if (!parsed.ok) {
      const reason = `Cannot use "${file}" as a schema: ${parsed.rejection.reason}`;
      return { kind: 'invalid', rejection: { code: 'SCHEMA_INVALID', reason } };
    }
    const { root } = parsed.value;
    roots.set(file, root);
    for (const definition of Array.isArray(root) ? (root as readonly unknown[]) : [root]) {
      const name = definedName(definition);
      if (name !== null) named.set(name, definition);
    }
  }
  const top = topFile(files);
  return { kind: 'found', document: { root: roots.get(top), named } };
}

function unreadable(error: unknown): ReturnType<typeof parseSchemaText> {
  return rejected('SCHEMA_INVALID', `Cannot read the file: ${systemErrorCode(error) ?? String(error)}`);
}

/** The file that holds the alert itself: `*.alert.avsc`, of several the one with the version in its name. */
function topFile(files: readonly string[]): string {
  const alerts = files.filter((file) => file.endsWith('.alert.avsc'));
  const versioned = alerts.filter((file) => /\.v\d+_\d+\.alert\.avsc$/.test(file));
  return versioned.at(-1) ?? alerts.at(-1) ?? files.at(-1) ?? '';
}
