import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type PrimitiveName = (typeof PRIMITIVES)[number];

/**
 * A writer's schema with names resolved, and without what decoding does not need: defaults, docs, logical
 * types.
 */
export type SchemaNode = PrimitiveNode | RecordNode | EnumNode | FixedNode | ArrayNode | MapNode | UnionNode;
export interface PrimitiveNode {
  readonly kind: 'primitive';
  readonly name: PrimitiveName;
}
export interface RecordNode {
  readonly kind: 'record';
  readonly fullName: string;
  /** The record's own `version` attribute. */
  readonly version: string | null;
  /**
   * In the order of their bytes; fields that take no bytes are left out. Filled after the record is named:
   * records may refer to themselves.
   */
  readonly fields: FieldNode[];
}
export interface FieldNode {
  readonly name: string;
  readonly type: SchemaNode;
}
export interface EnumNode {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
}
export interface FixedNode {
  readonly kind: 'fixed';
  readonly byteLength: number;
}
export interface ArrayNode {
  readonly kind: 'array';
  readonly items: SchemaNode;
}
export interface MapNode {
  readonly kind: 'map';
  readonly values: SchemaNode;
}
export interface UnionNode {
  readonly kind: 'union';
  readonly branches: readonly SchemaNode[];
}

/**
 * A writer's schema as a registry or a folder gives it: parsed JSON, and the schemas that it refers to, by
 * full name.
 */
export interface SchemaDocument {
  readonly root: unknown;
  readonly named: ReadonlyMap<string, unknown>;
}

/** Deeper schemas than any survey's are not read; the largest seen (LSST 11) has depth 4 and 600 nodes. */
const DEPTH_MAX = 32;
/** Nodes after references are followed: the work of one record that has no arrays. */
const EXPANDED_NODES_MAX = 100_000;
const FIXED_BYTES_MAX = 64 * 1024 * 1024;

class SchemaError extends Error {}

/**
 * Reads a writer's schema tolerantly: a default may be invalid, a name may be defined twice (the definition
 * in place counts), two fields may have one name, a logical type may be unknown, since none of them matters
 * for decoding with the writer's schema. Schemas that would let a few bytes cause unbounded work are refused:
 * arrays of values that take no bytes, and schemas that expand to more than 100,000 nodes.
 *
 * @returns the top node, or SCHEMA_INVALID
 */
export function parseSchema(document: SchemaDocument): Result<SchemaNode> {
  try {
    const node = new SchemaParser(document.named).parse(document.root, '', 0);
    if (expandedNodes(node) > EXPANDED_NODES_MAX) {
      throw new SchemaError(`it expands to more than ${EXPANDED_NODES_MAX} nodes`);
    }
    return accepted(node);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return rejected('SCHEMA_INVALID', `Cannot use the writer's schema as an Avro schema: ${error.message}`);
  }
}

/** JSON text of a schema → its document, or SCHEMA_INVALID. */
export function parseSchemaText(text: string): Result<SchemaDocument> {
  try {
    return accepted({ root: JSON.parse(text) as unknown, named: new Map() });
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    return rejected('SCHEMA_INVALID', `Cannot read the writer's schema as JSON: ${why}`);
  }
}

type Attributes = Readonly<Record<string, unknown>>;

function isAttributes(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPrimitive(name: string): name is PrimitiveName {
  return (PRIMITIVES as readonly string[]).includes(name);
}

/** Full name of a definition or reference, by Avro's rules for names. */
function qualified(name: string, namespace: string): string {
  if (name.includes('.')) return name.replace(/^\./, '');
  return namespace === '' ? name : `${namespace}.${name}`;
}

/** Full name that a parsed schema defines; `null` if it defines none. */
export function definedName(schema: unknown): string | null {
  if (!isAttributes(schema) || typeof schema['name'] !== 'string') return null;
  const namespace = schema['namespace'];
  return qualified(schema['name'], typeof namespace === 'string' ? namespace : '');
}

class SchemaParser {
  readonly #defined = new Map<string, SchemaNode>();
  /** Records whose fields are being read: a value of one that refers to itself takes bytes. */
  readonly #open = new Set<SchemaNode>();
  readonly #external: ReadonlyMap<string, unknown>;

  constructor(external: ReadonlyMap<string, unknown>) {
    this.#external = external;
  }

  parse(schema: unknown, namespace: string, depth: number): SchemaNode {
    if (depth > DEPTH_MAX) throw new SchemaError(`it is nested more than ${DEPTH_MAX} deep`);
    if (typeof schema === 'string') return this.#reference(schema, namespace, depth);
    if (Array.isArray(schema)) return this.#union(schema, namespace, depth);
    if (!isAttributes(schema)) throw new SchemaError(`${quoted(schema)} is not a type`);
    const type = schema['type'];
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(schema, namespace, depth);
      case 'enum':
        return this.#define(schema, namespace, { kind: 'enum', symbols: enumSymbols(schema) });
      case 'fixed':
        return this.#define(schema, namespace, { kind: 'fixed', byteLength: fixedByteLength(schema) });
      case 'array': {
        const items = this.parse(schema['items'], namespace, depth + 1);
        if (this.#takesNoBytes(items)) throw new SchemaError('it has an array of values that take no bytes');
        return { kind: 'array', items };
      }
      case 'map':
        return { kind: 'map', values: this.parse(schema['values'], namespace, depth + 1) };
      default:
        return this.parse(type, namespace, depth + 1);
    }
  }

  #reference(name: string, namespace: string, depth: number): SchemaNode {
    if (isPrimitive(name)) return { kind: 'primitive', name };
    for (const fullName of [qualified(name, namespace), name]) {
      const known = this.#defined.get(fullName);
      if (known !== undefined) return known;
      const external = this.#external.get(fullName);
      if (external !== undefined) {
        const node = this.parse(external, '', depth + 1);
        return this.#defined.get(fullName) ?? node;
      }
    }
    throw new SchemaError(`it refers to "${name.slice(0, 100)}", which is not defined`);
  }

  #union(branches: readonly unknown[], namespace: string, depth: number): UnionNode {
    const nodes = branches.map((branch) => this.parse(branch, namespace, depth + 1));
    if (nodes.length === 0) throw new SchemaError('it has a union without branches');
    if (nodes.some((node) => node.kind === 'union')) throw new SchemaError('it has a union within a union');
    return { kind: 'union', branches: nodes };
  }

  #record(schema: Attributes, namespace: string, depth: number): RecordNode {
    const version = schema['version'];
    const fullName = nameOf(schema, namespace);
    const node: RecordNode = {
      kind: 'record',
      fullName,
      version: typeof version === 'string' || typeof version === 'number' ? String(version) : null,
      fields: [],
    };
    this.#defined.set(fullName, node);
    this.#open.add(node);
    const fields = schema['fields'];
    if (!Array.isArray(fields)) throw new SchemaError(`record "${fullName}" has no list of fields`);
    const inner = namespaceOf(fullName);
    for (const field of fields as readonly unknown[]) {
      if (!isAttributes(field) || typeof field['name'] !== 'string') {
        throw new SchemaError(`record "${fullName}" has a field without a name`);
      }
      const type = this.parse(field['type'], inner, depth + 1);
      if (!this.#takesNoBytes(type)) node.fields.push({ name: field['name'], type });
    }
    this.#open.delete(node);
    return node;
  }

  /** True for a type of which every value is encoded in no bytes. */
  #takesNoBytes(node: SchemaNode): boolean {
    if (node.kind === 'primitive') return node.name === 'null';
    if (node.kind === 'fixed') return node.byteLength === 0;
    return node.kind === 'record' && node.fields.length === 0 && !this.#open.has(node);
  }

  #define<N extends SchemaNode>(schema: Attributes, namespace: string, node: N): N {
    this.#defined.set(nameOf(schema, namespace), node);
    return node;
  }
}

function nameOf(schema: Attributes, namespace: string): string {
  const name = schema['name'];
  if (typeof name !== 'string' || name === '') throw new SchemaError('it has a named type without a name');
  const own = schema['namespace'];
  return qualified(name, typeof own === 'string' ? own : namespace);
}

function namespaceOf(fullName: string): string {
  return fullName.includes('.') ? fullName.slice(0, fullName.lastIndexOf('.')) : '';
}

function enumSymbols(schema: Attributes): readonly string[] {
  const symbols = schema['symbols'];
  if (!Array.isArray(symbols) || symbols.length === 0 || !symbols.every((s) => typeof s === 'string')) {
    throw new SchemaError('it has an enum without symbols');
  }
  return symbols;
}

function fixedByteLength(schema: Attributes): number {
  const size = schema['size'];
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > FIXED_BYTES_MAX) {
    throw new SchemaError(`it has a fixed type of ${quoted(size)} bytes`);
  }
  return size;
}

/**
 * Nodes of the tree with references followed, a record within itself counted once; saturates above the limit.
 */
function expandedNodes(top: SchemaNode): number {
  const counted = new Map<SchemaNode, number>();
  const count = (node: SchemaNode): number => {
    const known = counted.get(node);
    if (known !== undefined) return known;
    counted.set(node, 1);
    let total = 1;
    for (const child of childrenOf(node)) total = Math.min(total + count(child), EXPANDED_NODES_MAX + 1);
    counted.set(node, total);
    return total;
  };
  return count(top);
}

function childrenOf(node: SchemaNode): readonly SchemaNode[] {
  switch (node.kind) {
    case 'record':
      return node.fields.map((field) => field.type);
    case 'array':
      return [node.items];
    case 'map':
      return [node.values];
    case 'union':
      return node.branches;
    case 'primitive':
    case 'enum':
    case 'fixed':
      return [];
  }
}

function quoted(value: unknown): string {
  return value === undefined ? 'nothing' : `"${JSON.stringify(value).slice(0, 100)}"`;
}
