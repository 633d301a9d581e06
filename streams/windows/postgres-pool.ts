import { Client, Pool } from 'pg';
import type { PoolClient } from 'pg';
import type { PostgresAddress } from './postgres-address.ts';
import { leavesConnection, postgresFailure } from './postgres-failures.ts';

/** What a statement may be given. Arrays of bytes go through `byteaArray`. */
export type Parameter = Buffer | string | number | null | readonly (string | number | null)[];
/** One row: bytes where the column is `bytea`, else the text that PostgreSQL gives. */
export type Row = readonly (Buffer | string | null)[];

/** A connection while it is ours. */
export interface Session {
  query(text: string, values?: readonly Parameter[]): Promise<readonly Row[]>;
}

export interface PoolOptions {
  readonly address: PostgresAddress;
  readonly connectionsMax: number;
  /** Limit of connecting, and of one statement. */
  readonly timeoutMs: number;
  /** Run once on each new connection. */
  readonly prepare: (session: Session) => Promise<void>;
}

/** What the server is given to answer that a statement took too long, before its connection is given up. */
const ANSWER_MS = 2000;
const BYTEA_OID = 17;
const TYPES = {
  getTypeParser:
    (oid: number) =>
    (text: string): Buffer | string =>
      oid === BYTEA_OID ? Buffer.from(text.slice(2), 'hex') : text,
};

const BEGIN = {
  write: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  read: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
} as const;

/** A connection that is closed where it cannot be opened: pg leaves one to the server that it has no password for. */
class ClosingClient extends Client {
  override connect(): Promise<Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: Client) => void)): void;
  override connect(callback?: (error: Error & null, client: Client) => void): Promise<Client> | void {
    const opening = super.connect();
    opening.catch(() => this.end()).catch(ignore);
    if (callback === undefined) return opening;
    opening.then(
      () => {
        callback(null as Error & null, this);
      },
      (error: unknown) => {
        callback(error as Error & null, this);
      },
    );
  }
}

/**
 * Connections to PostgreSQL, the one place that knows its driver. Each is kept until it fails: a connection holds
 * locks for as long as the store is open. What fails is a PipelineError; its connection is given up unless the
 * server says that it is still good.
 */
export class PostgresPool {
  readonly #pool: Pool;
  readonly #place: string;
  readonly #prepare: (session: Session) => Promise<void>;
  readonly #prepared = new WeakSet<PoolClient>();
  #closing: Promise<void> | null = null;

  constructor({ address, connectionsMax, timeoutMs, prepare }: PoolOptions) {
    this.#place = address.place;
    this.#prepare = prepare;
    this.#pool = new Pool({
      Client: ClosingClient,
      connectionString: address.connectionString,
      max: connectionsMax,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      query_timeout: timeoutMs + ANSWER_MS,
      keepAlive: true,
      application_name: 'nightjar',
      types: TYPES,
    });
    // A connection that fails while nobody uses it is taken out of the pool; whoever uses one is told by the query.
    this.#pool.on('error', ignore);
    this.#pool.on('connect', (client) => client.on('error', ignore));
  }

  /** Callers that wait for a connection. */
  get waiting(): number {
    return this.#pool.waitingCount;
  }

  /**
   * Runs `work` as one transaction. If the connection is lost after COMMIT was sent, this rejects although the
   * transaction may have been kept.
   *
   * @throws PipelineError by `postgresFailure`, or what `work` throws
   */
  async transaction<T>(kind: keyof typeof BEGIN, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const session = new ClientSession(client, this.#place);
    try {
      if (!this.#prepared.has(client)) {
        await this.#prepare(session);
        this.#prepared.add(client);
      }
      await session.query(BEGIN[kind]);
      const result = await work(session);
      await session.query('COMMIT');
      return result;
    } catch (error) {
      await session.rollBack();
      throw error;
    } finally {
      client.release(session.isBroken);
    }
  }

  /** Resolves when all connections are closed. */
  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async #connect(): Promise<PoolClient> {
    if (this.#closing !== null) throw new TypeError('Cannot use a store that is closed');
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw postgresFailure(error, this.#place);
    }
  }
}

class ClientSession implements Session {
  readonly #client: PoolClient;
  readonly #place: string;
  #isBroken = false;

  constructor(client: PoolClient, place: string) {
    this.#client = client;
    this.#place = place;
  }

  /** True if the connection is of no more use. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  async query(text: string, values: readonly Parameter[] = []): Promise<readonly Row[]> {
    try {
      const { rows } = await this.#client.query<(Buffer | string | null)[]>({
        text,
        values: [...values],
        rowMode: 'array',
      });
      return rows;
    } catch (error) {
      if (!leavesConnection(error)) this.#isBroken = true;
      throw postgresFailure(error, this.#place);
    }
  }

  async rollBack(): Promise<void> {
    if (this.#isBroken) return;
    // Where it fails the connection is given up, and the server rolls back by itself.
    await this.query('ROLLBACK').catch(() => {
      this.#isBroken = true;
    });
  }
}

function ignore(): void {
  // Told elsewhere.
}
