import { after } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { loadConfig } from '../../core/index.ts';
import type { Config, ConfigInput, Metrics } from '../../core/index.ts';
import { openObjectStore } from '../../streams/index.ts';
import type { JoinRules, ObjectLimits, ObjectStore } from '../../streams/index.ts';
import { JOIN_RULES } from '../streams/windows/join-rules.ts';
import { startPostgres } from '../helpers/services/postgres.ts';
import type { Postgres } from '../helpers/services/postgres.ts';

let missing = '';
/** One server for the tests of a file, or `null` where there is none to be had. */
const server = await startPostgres({
  after: (end) => {
    after(end as () => Promise<void>);
  },
  skip: (why) => {
    missing = why ?? 'no PostgreSQL';
  },
});
let schemas = 0;

export const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };

type StoreInput = NonNullable<ConfigInput['store']>;

/** A schema of its own for one test, and stores on it that are closed after it. */
export class StoresUnderTest {
  readonly server: Postgres;
  readonly schema: string;
  readonly #opened = new Set<ObjectStore>();

  constructor(running: Postgres) {
    schemas += 1;
    this.server = running;
    this.schema = `store_${schemas}`;
  }

  settings(over: StoreInput = {}): Config['store'] {
    const { url } = this.server;
    return loadConfig(null, { store: { kind: 'postgres', url, schema: this.schema, ...over } }).store;
  }

  async open(
    options: {
      readonly limits?: ObjectLimits;
      readonly join?: JoinRules;
      readonly metrics?: Metrics;
      readonly store?: StoreInput;
    } = {},
  ): Promise<ObjectStore> {
    const store = await openObjectStore({
      mode: 'write',
      store: this.settings(options.store),
      window: options.limits ?? WIDE,
      join: options.join ?? JOIN_RULES,
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    });
    this.#opened.add(store);
    return store;
  }

  async openToRead(over: StoreInput = {}): Promise<ObjectStore> {
    const store = await openObjectStore({ mode: 'read', store: this.settings(over) });
    this.#opened.add(store);
    return store;
  }

  /** Runs SQL as the superuser, or as who the address names. */
  async sql(statement: string, url = this.server.url): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async dispose(): Promise<void> {
    for (const store of this.#opened) await store.close();
  }
}

/** `null` where there is no server: the test is skipped then. */
export function storesFor(context: TestContext): StoresUnderTest | null {
  if (server !== null) {
    const stores = new StoresUnderTest(server);
    context.after(() => stores.dispose());
    return stores;
  }
  context.skip(missing);
  return null;
}
