import { z } from 'zod';
import { parseSchemaText } from '../avro/schema-nodes.ts';
import type { SchemaDocument } from '../avro/schema-nodes.ts';
import { rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';

/** Schemas that one schema may refer to, directly and not. */
const REFERENCES_MAX = 64;
const referenceSchema = z.object({ name: z.string(), subject: z.string(), version: z.int() });
const answerSchema = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(referenceSchema).max(REFERENCES_MAX).optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** What a registry's answers hold, as text that can be kept on disk. */
export const fetchedSchema = z.strictObject({
  schema: z.string(),
  references: z.array(z.strictObject({ name: z.string(), schema: z.string() })),
});
export type FetchedSchema = z.infer<typeof fetchedSchema>;

/** What a registry says to a schema that is handed to it. */
export type RegistrationAnswer =
  | { readonly kind: 'registered'; readonly wireId: number }
  /** The registry does not take it, and would not at a second time. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

const registeredSchema = z.object({ id: z.int().nonnegative().max(0xffffffff) });
const errorSchema = z.object({ message: z.string() });
/** Statuses that may be others at a second time: time-outs, too many requests. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429];

export type RegistryAnswer =
  | { readonly kind: 'found'; readonly schema: FetchedSchema }
  /** The registry answered that it has no such schema. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** The registry did not answer, or not as a registry does. */
  | { readonly kind: 'failed'; readonly why: string };

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

class Failure extends Error {
  readonly kind: 'unknown' | 'failed';

  constructor(kind: 'unknown' | 'failed', why: string) {
    super(why);
    this.kind = kind;
  }
}

/**
 * A Confluent schema registry over HTTP. A user and password in the URL are sent as basic authentication, and are in no
 * message.
 *
 * @source Confluent Schema Registry API reference: GET /schemas/ids/{id}, GET
 *   /subjects/{subject}/versions/{version}, POST /subjects/{subject}/versions
 */
export class HttpRegistry {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;

  constructor(url: string, timeoutMs: number) {
    const parsed = new URL(url);
    const user = decodeURIComponent(parsed.username);
    const password = decodeURIComponent(parsed.password);
    parsed.username = '';
    parsed.password = '';
    this.#base = parsed.href.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.#headers = {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      ...(user === ''
        ? {}
        : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }),
    };
  }

  /** Address without credentials. */
  get address(): string {
    return this.#base;
  }

  async fetchSchema(wireId: number): Promise<RegistryAnswer> {
    try {
      const top = await this.#get(`/schemas/ids/${wireId}`);
      return { kind: 'found', schema: { schema: top.schema, references: await this.#references(top) } };
    } catch (error) {
      if (error instanceof Failure) return { kind: error.kind, why: error.message };
      throw error;
    }
  }

  /** Registers an Avro schema as a version of a subject, unless it is one already; its id is the same each time. */
  async register(subject: string, schema: string): Promise<RegistrationAnswer> {
    try {
      const resource = `/subjects/${encodeURIComponent(subject)}/versions`;
      const { status, text } = await this.#request(resource, { schema, schemaType: 'AVRO' });
      const answer = parsedJson(text);
      const registered = registeredSchema.safeParse(answer);
      if (status === 200 && registered.success) return { kind: 'registered', wireId: registered.data.id };
      const told = errorSchema.safeParse(answer);
      const why = `it answered ${status}${told.success ? `: ${told.data.message.slice(0, 500)}` : ''}`;
      const isFinal = status >= 300 && status < 500 && !PASSING_STATUSES.includes(status);
      return { kind: isFinal ? 'refused' : 'failed', why };
    } catch (error) {
      if (error instanceof Failure) return { kind: 'failed', why: error.message };
      throw error;
    }
  }

  async #references(top: Answer): Promise<FetchedSchema['references']> {
    const found = new Map<string, string>();
    const open = [...(top.references ?? [])];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      if (found.has(next.name)) continue;
      if (found.size >= REFERENCES_MAX) throw new Failure('failed', `more than ${REFERENCES_MAX} references`);
      const answer = await this.#get(
        `/subjects/${encodeURIComponent(next.subject)}/versions/${next.version}`,
      );
      found.set(next.name, answer.schema);
      open.push(...(answer.references ?? []));
    }
    return [...found].map(([name, schema]) => ({ name, schema }));
  }

  async #get(resource: string): Promise<Answer> {
    const { status, text } = await this.#request(resource);
    if (status === 404) throw new Failure('unknown', 'it answered 404');
    if (status !== 200) throw new Failure('failed', `it answered ${status}`);
    const answer = answerSchema.safeParse(parsedJson(text));
    if (!answer.success) throw new Failure('failed', 'its answer is none of a schema registry');
    const type = answer.data.schemaType ?? 'AVRO';
    if (type !== 'AVRO') throw new Failure('unknown', `it has a schema of type ${type.slice(0, 20)} by it`);
    return answer.data;
  }

  /** @param posted the body of a POST; without it a GET */
  async #request(
    resource: string,
    posted?: unknown,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const post = {
      method: 'POST',
      body: JSON.stringify(posted),
      headers: { ...this.#headers, 'content-type': 'application/vnd.schemaregistry.v1+json' },
    };
    try {
      const request = posted === undefined ? { headers: this.#headers } : post;
      const response = await fetch(this.#base + resource, { ...request, signal });
      const pieces: Uint8Array[] = [];
      let total = 0;
      const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
      for await (const piece of body) {
        total += piece.length;
        if (total > ANSWER_BYTES_MAX)
          throw new Failure('failed', `its answer has more than ${ANSWER_BYTES_MAX} bytes`);
        pieces.push(piece);
      }
      return { status: response.status, text: Buffer.concat(pieces).toString('utf8') };
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure('failed', signal.aborted ? `no answer within ${this.#timeoutMs} ms` : causeOf(error));
    }
  }
}

/** A fetched schema and those that it refers to, parsed. */
export function schemaDocument(fetched: FetchedSchema): Result<SchemaDocument> {
  const top = parseSchemaText(fetched.schema);
  if (!top.ok) return top;
  const named = new Map<string, unknown>();
  for (const reference of fetched.references) {
    const parsed = parseSchemaText(reference.schema);
    if (!parsed.ok)
      return rejected('SCHEMA_INVALID', `Cannot use "${reference.name}": ${parsed.rejection.reason}`);
    named.set(reference.name, parsed.value.root);
  }
  return { ok: true, value: { root: top.value.root, named } };
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** undici says "fetch failed" and why in the cause. */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? `${String(inner.code)} ` : '';
  return `${code}${inner instanceof Error ? inner.message : String(inner)}`.trim().slice(0, 200);
}
