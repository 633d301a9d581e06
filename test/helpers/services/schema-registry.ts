import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { ServiceOwner } from './availability.ts';
import { freePorts } from './processes.ts';

/** A named schema of another subject that a schema uses. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface NewSchema {
  readonly schema: string;
  readonly references?: readonly SchemaReference[];
}

interface RegisteredSchema extends NewSchema {
  readonly id: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

const SUBJECT_NOT_FOUND = failure(404, 40401, 'Subject not found.');
const VERSION_NOT_FOUND = failure(404, 40402, 'Version not found.');
const SCHEMA_NOT_FOUND = failure(404, 40403, 'Schema not found');
const INVALID_SCHEMA = failure(422, 42201, 'Invalid schema');
const INVALID_VERSION = failure(422, 42202, 'The specified version is not a valid version id.');

/** Starts a registry on a free port of the loopback, and ends it after the test. */
export async function startSchemaRegistry(owner: ServiceOwner): Promise<SchemaRegistryServer> {
  const [port = 0] = await freePorts(1);
  const registry = new SchemaRegistryServer(port);
  await registry.start();
  owner.after(() => registry.stop());
  return registry;
}

/**
 * The routes of a Confluent schema registry that readers and writers of Avro use, over schemas in memory.
 *
 * @source Confluent Platform documentation, "Schema Registry API Reference": routes, bodies and error codes
 */
export class SchemaRegistryServer {
  readonly url: string;
  readonly #port: number;
  readonly #requests: string[] = [];
  readonly #byId = new Map<number, RegisteredSchema>();
  /** Versions of each subject, from 1. */
  readonly #subjects = new Map<string, RegisteredSchema[]>();
  #server: Server | null = null;

  constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `METHOD path` of every request so far. */
  get requests(): readonly string[] {
    return this.#requests;
  }

  /** Makes a schema known under an id of the caller's choice, as its subject's next version. */
  put(id: number, subject: string, schema: NewSchema): void {
    const registered = { ...schema, id };
    this.#byId.set(id, registered);
    this.#versions(subject).push(registered);
  }

  /** Listens again, on the same port, with all that was registered. */
  async start(): Promise<void> {
    if (this.#server !== null) return;
    this.#server = createServer((request, response) => {
      void this.#respond(request, response);
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** An outage: connections break off and new ones are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const { pathname } = new URL(request.url ?? '/', this.url);
    this.#requests.push(`${method} ${pathname}`);
    const parts = pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const sent: unknown = method === 'POST' ? await json(request).catch(() => null) : null;
    const { status, body } = this.#answer(method, parts, sent);
    response.writeHead(status, { 'content-type': MEDIA_TYPE }).end(JSON.stringify(body));
  }

  #answer(method: string, parts: readonly string[], sent: unknown): Answer {
    const [collection, name = '', ...rest] = parts;
    if (collection === undefined) return found({});
    if (collection === 'subjects' && method === 'POST') return this.#take(name, rest, sent);
    if (method !== 'GET') return failure(405, 405, 'HTTP 405 Method Not Allowed');
    if (collection === 'schemas' && name === 'ids') return this.#schemaById(rest);
    if (collection === 'schemas' && name === 'types') return found(['AVRO']);
    if (collection === 'subjects') return this.#subject(name, rest);
    return failure(404, 404, 'HTTP 404 Not Found');
  }

  #schemaById([id, what]: readonly string[]): Answer {
    const registered = this.#byId.get(Number(id));
    if (registered === undefined) return SCHEMA_NOT_FOUND;
    if (what === 'versions') return found(this.#placesOf(registered));
    if (what === 'schema') return found(JSON.parse(registered.schema));
    return found(described(registered));
  }

  #subject(subject: string, [versions, version]: readonly string[]): Answer {
    if (subject === '') return found([...this.#subjects.keys()]);
    const known = this.#subjects.get(subject);
    if (known === undefined) return SUBJECT_NOT_FOUND;
    if (versions !== 'versions') return failure(404, 404, 'HTTP 404 Not Found');
    if (version === undefined) return found(known.map((_, i) => i + 1));
    if (version !== 'latest' && !/^[1-9]\d*$/.test(version)) return INVALID_VERSION;
    const number = version === 'latest' ? known.length : Number(version);
    const registered = known[number - 1];
    if (registered === undefined) return VERSION_NOT_FOUND;
    return found({ subject, version: number, id: registered.id, ...described(registered) });
  }

  /** POST: registers a schema, or, without `versions`, looks it up. The same schema has the same id everywhere. */
  #take(subject: string, rest: readonly string[], sent: unknown): Answer {
    const schema = newSchema(sent);
    if (schema === null) return INVALID_SCHEMA;
    const same = (other: NewSchema): boolean => identity(other) === identity(schema);
    if (rest.length === 0) {
      const known = this.#subjects.get(subject);
      if (known === undefined) return SUBJECT_NOT_FOUND;
      const at = known.findIndex(same);
      const registered = known[at];
      if (registered === undefined) return SCHEMA_NOT_FOUND;
      return found({ subject, version: at + 1, id: registered.id, ...described(registered) });
    }
    if (rest[0] !== 'versions') return failure(404, 404, 'HTTP 404 Not Found');
    const registered = [...this.#byId.values()].find(same) ?? { ...schema, id: this.#nextId() };
    this.#byId.set(registered.id, registered);
    const known = this.#versions(subject);
    if (!known.some(same)) known.push(registered);
    return found({ id: registered.id });
  }

  #nextId(): number {
    let id = 1;
    while (this.#byId.has(id)) id++;
    return id;
  }

  #versions(subject: string): RegisteredSchema[] {
    const known = this.#subjects.get(subject) ?? [];
    this.#subjects.set(subject, known);
    return known;
  }

  #placesOf({ id }: RegisteredSchema): readonly unknown[] {
    return [...this.#subjects].flatMap(([subject, known]) =>
      known.flatMap((schema, i) => (schema.id === id ? [{ subject, version: i + 1 }] : [])),
    );
  }
}

function found(body: unknown): Answer {
  return { status: 200, body };
}

function failure(status: number, code: number, message: string): Answer {
  return { status, body: { error_code: code, message } };
}

/** `schemaType` is left out for Avro, as the registry does. */
function described({ schema, references = [] }: NewSchema): object {
  return references.length === 0 ? { schema } : { schema, references };
}

function identity({ schema, references = [] }: NewSchema): string {
  return JSON.stringify([JSON.parse(schema), references]);
}

/** A request's schema; `null` for what is none. That it is right Avro is not looked at. */
function newSchema(sent: unknown): NewSchema | null {
  const { schema, schemaType = 'AVRO', references = [] } = (sent ?? {}) as Record<string, unknown>;
  if (typeof schema !== 'string' || schemaType !== 'AVRO' || !Array.isArray(references)) return null;
  try {
    const parsed: unknown = JSON.parse(schema);
    if (typeof parsed !== 'string' && (typeof parsed !== 'object' || parsed === null)) return null;
    return { schema, references: references as SchemaReference[] };
  } catch {
    return null;
  }
}
