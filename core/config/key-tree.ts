import { z } from 'zod';
import { configSchema } from './config.ts';

/** What is used of a schema in JSON Schema's words. */
export interface KeySchema {
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly items?: KeySchema;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly KeySchema[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** One key that can be given a value. */
export interface ConfigKey {
  readonly path: readonly string[];
  /** The path, joined by dots. */
  readonly name: string;
  /** Its environment variable. */
  readonly variable: string;
  readonly schema: KeySchema;
}

const VARIABLE_PREFIX = 'NIGHTJAR__';

let tree: KeySchema | null = null;

/** The configuration's schema as a tree of its keys; made once. */
export function configTree(): KeySchema {
  tree ??= z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as KeySchema;
  return tree;
}

let keys: readonly ConfigKey[] | null = null;

/** Every key below the sections, in the schema's order: values, lists and maps, and objects that may be null with their keys. */
export function configKeys(): readonly ConfigKey[] {
  keys ??= Object.entries(configTree().properties ?? {}).flatMap(([name, schema]) => keysOf([name], schema));
  return keys;
}

function keysOf(path: readonly string[], schema: KeySchema): ConfigKey[] {
  const inner = Object.entries(objectSchema(schema)?.properties ?? {}).flatMap(([name, child]) =>
    keysOf([...path, name], child),
  );
  const isSection = schema.properties !== undefined;
  return isSection ? inner : [{ path, name: path.join('.'), variable: variableOf(path), schema }, ...inner];
}

/** The variable of a key: `window.pointsMin` is `NIGHTJAR__WINDOW__POINTS_MIN`. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return `${VARIABLE_PREFIX}${words.join('__')}`;
}

/** Whether a variable is meant for the configuration. */
export function isConfigVariable(name: string): boolean {
  return name.startsWith(VARIABLE_PREFIX);
}

/** The keys that may stand at a place of a schema, `[]` for its top; none where it holds no object. */
export function keysAt(path: readonly PropertyKey[], tree: KeySchema): readonly string[] {
  let schema: KeySchema | null = tree;
  for (const key of path) {
    const next: KeySchema | undefined =
      typeof key === 'number' ? schema.items : objectSchema(schema)?.properties?.[String(key)];
    if (next === undefined) return [];
    schema = next;
  }
  return Object.keys(objectSchema(schema)?.properties ?? {});
}

/** The object that a key holds, where it may hold one. */
function objectSchema(schema: KeySchema): KeySchema | null {
  if (schema.properties !== undefined) return schema;
  return schema.anyOf?.find(({ properties }) => properties !== undefined) ?? null;
}

/** Whether a key takes nothing but text, or null. */
export function takesText(schema: KeySchema): boolean {
  const types = [schema, ...(schema.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  return types.length > 0 && types.every((type) => type === 'string' || type === 'null');
}

/** Whether a key may be null. */
export function takesNull(schema: KeySchema): boolean {
  return [schema, ...(schema.anyOf ?? [])].some(({ type }) => [type].flat().includes('null'));
}
