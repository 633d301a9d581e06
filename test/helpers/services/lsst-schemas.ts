import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { SchemaRegistryServer } from './schema-registry.ts';

/**
 * Registers the writer schemas of a folder as Rubin's registry has them: version MAJOR.MINOR under the id MAJOR·100 + MINOR, each
 * one schema in which every named type is spelled out where it is first used.
 *
 * @param schemasFolder with a folder for each version, one `.avsc` file for each named type in it
 */
export function registerLsstSchemas(registry: SchemaRegistryServer, schemasFolder: string): void {
  for (const version of readdirSync(schemasFolder)) {
    const [major = NaN, minor = NaN] = version.split('.').map(Number);
    const schema = wholeSchema(path.join(schemasFolder, version));
    if (Number.isInteger(major * 100 + minor) && schema !== null)
      registry.put(major * 100 + minor, 'alert-packet', { schema });
  }
}

/** The alert's schema of one folder; `null` where it has none. */
function wholeSchema(folder: string): string | null {
  const named = new Map<string, unknown>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc')))
    named.set(file.slice(0, -'.avsc'.length), JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  const root = [...named.keys()].find((name) => name.endsWith('.alert'));
  return root === undefined ? null : JSON.stringify(spelledOut(root, named));
}

/** Puts definitions in the place of names; what is put in leaves `named`, so that a later use stays a name. */
function spelledOut(node: unknown, named: Map<string, unknown>): unknown {
  if (typeof node === 'string') {
    const definition = named.get(node);
    if (definition === undefined) return node;
    named.delete(node);
    return spelledOut(definition, named);
  }
  if (Array.isArray(node)) return (node as unknown[]).map((item) => spelledOut(item, named));
  if (typeof node !== 'object' || node === null) return node;
  const inTypes = ['type', 'items', 'values', 'fields'];
  const entries = Object.entries(node).map(([key, value]: [string, unknown]) => [
    key,
    inTypes.includes(key) ? spelledOut(value, named) : value,
  ]);
  return Object.fromEntries(entries) as unknown;
}
