import type { Alert, MetadataRecord, Metrics, Spectrum } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import { KeptPeriods } from './kept-periods.ts';
import type { JoinKind } from './object-joins.ts';
import type { JoinReceipt, MergeOutcome, ObjectStore, ObjectView } from './object-store.ts';
import { textKey } from './store-keys.ts';
import { StoreWork } from './store-work.ts';
import type { JoinResult, StoreRules } from './store-work.ts';
import type { TableTransactions } from './tables.ts';

/** Before the first key: no key is empty. */
const FIRST_KEY = Buffer.of(0);

/** The object store on tables, wherever they are kept; each call is one transaction. */
export class TableStore implements ObjectStore {
  readonly #transactions: TableTransactions;
  readonly #rules: StoreRules;
  readonly #metrics: Metrics | null;
  readonly #periods = new KeptPeriods();

  constructor(transactions: TableTransactions, rules: StoreRules, metrics: Metrics | null = null) {
    this.#transactions = transactions;
    this.#rules = rules;
    this.#metrics = metrics;
  }

  async merge(alerts: readonly Alert[]): Promise<readonly MergeOutcome[]> {
    const keys = new Set(alerts.map(({ survey, objectId }) => objectKey(survey, objectId)));
    const scope = { kind: 'merge', objectKeys: [...keys].map(textKey) } as const;
    const { outcomes, forget } = await this.#transactions.transact(scope, (tables) => {
      const merged = new StoreWork(tables, this.#rules, this.#periods).merge(alerts);
      // Last, and so in the same order of tables whoever merges: rows of other objects are among them.
      return { outcomes: merged, forget: this.#periods.write(tables) };
    });
    forget();
    return outcomes;
  }

  keepPeriods(periods: ReadonlyMap<string, Uint8Array>): void {
    this.#periods.add(periods);
  }

  putSpectrum(spectrum: Spectrum, arrivedMs: number | null): Promise<JoinReceipt> {
    return this.#join('spectrum', (work) => work.putSpectrum(spectrum, arrivedMs));
  }

  putMetadata(record: MetadataRecord, arrivedMs: number | null): Promise<JoinReceipt> {
    return this.#join('metadata', (work) => work.putMetadata(record, arrivedMs));
  }

  object(key: string): Promise<ObjectView | null> {
    return this.#read((work) => work.object(key));
  }

  keysOf(objectId: string): Promise<readonly string[]> {
    return this.#read((work) => work.keysOf(objectId));
  }

  async *objects(): AsyncIterable<ObjectView> {
    for (let from: Buffer | null = FIRST_KEY; from !== null;) {
      const start: Buffer = from;
      const { views, next } = await this.#read((work) => work.listed(start));
      yield* views;
      from = next;
      // A long listing leaves room for other work.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  close(): Promise<void> {
    return this.#transactions.close();
  }

  async #join(kind: JoinKind, put: (work: StoreWork) => JoinResult): Promise<JoinReceipt> {
    const { receipt, counts } = await this.#transactions.transact({ kind: 'join' }, (tables) =>
      put(new StoreWork(tables, this.#rules, this.#periods)),
    );
    if (counts !== null) {
      this.#metrics?.gauge('nightjar_join_waiting', { kind }, counts.waiting);
      this.#metrics?.count('nightjar_join_expired_total', { kind }, counts.expired);
    }
    return receipt;
  }

  #read<T>(ask: (work: StoreWork) => T): Promise<T> {
    return this.#transactions.read((tables) => ask(new StoreWork(tables, this.#rules)));
  }
}
