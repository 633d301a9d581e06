import type { Alert, Spectrum } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import type { JoinReceipt, MergeOutcome, ObjectStore, ObjectView } from './object-store.ts';
import { textKey } from './store-keys.ts';
import { StoreWork } from './store-work.ts';
import type { StoreRules } from './store-work.ts';
import type { TableTransactions } from './tables.ts';

/** Before the first key: no key is empty. */
const FIRST_KEY = Buffer.of(0);

/** The object store on tables, wherever they are kept; each call is one transaction. */
export class TableStore implements ObjectStore {
  readonly #transactions: TableTransactions;
  readonly #rules: StoreRules;

  constructor(transactions: TableTransactions, rules: StoreRules) {
    this.#transactions = transactions;
    this.#rules = rules;
  }

  merge(alerts: readonly Alert[]): Promise<readonly MergeOutcome[]> {
    const keys = new Set(alerts.map(({ survey, objectId }) => objectKey(survey, objectId)));
    const scope = { kind: 'merge', objectKeys: [...keys].map(textKey) } as const;
    return this.#transactions.transact(scope, (tables) => new StoreWork(tables, this.#rules).merge(alerts));
  }

  putSpectrum(spectrum: Spectrum): Promise<JoinReceipt> {
    return this.#transactions.transact({ kind: 'join' }, (tables) =>
      new StoreWork(tables, this.#rules).putSpectrum(spectrum),
    );
  }

  putMetadata(): Promise<JoinReceipt> {
    return Promise.reject(new TypeError('Cannot join a metadata record as this store keeps none'));
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

  #read<T>(ask: (work: StoreWork) => T): Promise<T> {
    return this.#transactions.read((tables) => ask(new StoreWork(tables, this.#rules)));
  }
}
