import type { Projection } from '../surveys/adapter.ts';
import { PRESENCE } from './avsc-types.ts';
import type { AvscSchema } from './avsc-types.ts';
import type { RecordNode, SchemaNode } from './schema-nodes.ts';

/** The two schemas of one projection, as avsc takes them: what the bytes hold, and what of it is wanted. */
export interface ProjectedSchemas {
  readonly writer: AvscSchema;
  readonly reader: AvscSchema;
}

export interface ProjectionRequest {
  readonly fields: Projection;
  /** Top-level fields of which only the presence is wanted: `true` or `null`. */
  readonly presence: readonly string[];
}

interface AvscField {
  name: string;
  type: AvscSchema;
  aliases: string[];
}

/**
 * Schemas for reading some fields of a record (or of the records that are branches of a union at the top).
 * The writer's names are replaced by numbered ones, so that a redefined name, or one that means something in
 * JavaScript, is harmless; the reader's fields have the names asked for, with the numbered ones as aliases. A
 * field asked for that the writer does not have, or that has another shape, is absent.
 *
 * @param top  the writer's top node
 * @param requests by the record at the top or in the top union; a record without one is read without fields
 */
export function projectedSchemas(
  top: SchemaNode,
  requests: ReadonlyMap<RecordNode, ProjectionRequest>,
): ProjectedSchemas {
  const names = new TypeNames();
  const writer = new WriterSchemas(names).schemaOf(top);
  const reader = new ReaderSchemas(names).topSchema(top, requests);
  return { writer, reader };
}

/** A name of its own for every named type. */
class TypeNames {
  readonly #writer = new Map<SchemaNode, string>();
  #count = 0;

  fresh(): string {
    return `T${this.#count++}`;
  }

  writer(node: SchemaNode): string {
    const known = this.#writer.get(node);
    if (known !== undefined) return known;
    const name = this.fresh();
    this.#writer.set(node, name);
    return name;
  }
}

function writerField(index: number): string {
  return `__w${index}`;
}

class WriterSchemas {
  readonly #names: TypeNames;
  readonly #emitted = new Set<SchemaNode>();

  constructor(names: TypeNames) {
    this.#names = names;
  }

  schemaOf(node: SchemaNode): AvscSchema {
    switch (node.kind) {
      case 'primitive':
        return node.name;
      case 'array':
        return { type: 'array', items: this.schemaOf(node.items) };
      case 'map':
        return { type: 'map', values: this.schemaOf(node.values) };
      case 'union':
        return node.branches.map((branch) => this.schemaOf(branch)) as AvscSchema;
      case 'record':
      case 'enum':
      case 'fixed': {
        const name = this.#names.writer(node);
        if (this.#emitted.has(node)) return name;
        this.#emitted.add(node);
        if (node.kind === 'enum') return { type: 'enum', name, symbols: [...node.symbols] };
        if (node.kind === 'fixed') return { type: 'fixed', name, size: node.byteLength };
        const fields = node.fields.map((field, i) => ({
          name: writerField(i),
          type: this.schemaOf(field.type),
        }));
        return { type: 'record', name, fields };
      }
    }
  }
}

class ReaderSchemas {
  readonly #names: TypeNames;
  /** Records that are read whole, by their name in the reader's schema. */
  readonly #whole = new Map<SchemaNode, string>();

  constructor(names: TypeNames) {
    this.#names = names;
  }

  topSchema(top: SchemaNode, requests: ReadonlyMap<RecordNode, ProjectionRequest>): AvscSchema {
    if (top.kind === 'union') {
      return top.branches.map((branch) => this.topSchema(branch, requests)) as AvscSchema;
    }
    if (top.kind !== 'record') return this.#schemaOf(top, true) ?? PRESENCE;
    const { fields, presence } = requests.get(top) ?? { fields: {}, presence: [] };
    return this.#record(top, fields, presence);
  }

  #schemaOf(node: SchemaNode, projection: true | Projection): AvscSchema | null {
    switch (node.kind) {
      case 'primitive':
        return projection === true || node.name === 'null' ? node.name : null;
      case 'array': {
        const items = this.#schemaOf(node.items, projection);
        return items === null ? null : { type: 'array', items };
      }
      case 'map': {
        const values = projection === true ? this.#schemaOf(node.values, true) : null;
        return values === null ? null : { type: 'map', values };
      }
      case 'union': {
        const branches = node.branches.map((branch) => this.#schemaOf(branch, projection));
        return branches.includes(null) ? null : (branches as AvscSchema);
      }
      case 'record':
        return projection === true ? this.#wholeRecord(node) : this.#record(node, projection, []);
      case 'enum':
      case 'fixed':
        if (projection !== true) return null;
        return {
          ...(node.kind === 'enum'
            ? { type: 'enum', symbols: [...node.symbols] }
            : { type: 'fixed', size: node.byteLength }),
          name: this.#names.fresh(),
          aliases: [this.#names.writer(node)],
        };
    }
  }

  #record(node: RecordNode, projection: Projection, presence: readonly string[]): AvscSchema {
    const fields = Object.entries(projection)
      .filter(([name]) => !presence.includes(name))
      .map(([name, below]) => this.#field(node, name, below));
    fields.push(...presence.map((name) => this.#field(node, name, null)));
    return this.#readerRecord(node, this.#names.fresh(), fields);
  }

  #readerRecord(node: RecordNode, name: string, fields: readonly (AvscField | null)[]): AvscSchema {
    const aliases = [this.#names.writer(node)];
    return { type: 'record', name, aliases, fields: fields.filter((field) => field !== null) };
  }

  /** @param below what is wanted of the field, or `null` for its presence */
  #field(node: RecordNode, name: string, below: true | Projection | null): AvscField | null {
    // Of two fields with one name, seen in a WINTER schema, the later counts.
    const index = node.fields.findLastIndex((field) => field.name === name);
    const field = node.fields[index];
    if (field === undefined) return null;
    const type = below === null ? PRESENCE : this.#schemaOf(field.type, below);
    return type === null ? null : { name, type, aliases: [writerField(index)] };
  }

  #wholeRecord(node: RecordNode): AvscSchema {
    const known = this.#whole.get(node);
    if (known !== undefined) return known;
    const name = this.#names.fresh();
    this.#whole.set(node, name);
    const fieldNames = new Set(node.fields.map((field) => field.name).filter(isPlainName));
    const fields = [...fieldNames].map((field) => this.#field(node, field, true));
    return this.#readerRecord(node, name, fields);
  }
}

/**
 * True for a name that can be a property without a meaning of its own; other fields of whole records are
 * passed over.
 */
function isPlainName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !(name in Object.prototype);
}
