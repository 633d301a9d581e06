import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FetchedPages, FetchedTables } from '../../../streams/windows/fetched-tables.ts';
import type { Wanted, Writes } from '../../../streams/windows/fetched-tables.ts';
import { mapAll } from '../../../streams/windows/tables.ts';
import type { Entry, KeyRange, TableName, Tables } from '../../../streams/windows/tables.ts';

const TABLES = ['objects', 'about'] as const satisfies readonly TableName[];

/** Tables in memory, as plain as can be. */
class PlainTables implements Tables {
  readonly #rows = new Map<string, Entry & { readonly table: TableName }>();

  get(table: TableName, key: Buffer): Buffer | null {
    return this.#rows.get(`${table}/${key.toString('hex')}`)?.value ?? null;
  }

  range(table: TableName, { start, end, limit }: KeyRange): readonly Entry[] {
    return [...this.#rows.values()]
      .filter((row) => row.table === table && Buffer.compare(row.key, start) >= 0)
      .filter(({ key }) => end === undefined || Buffer.compare(key, end) < 0)
      .map(({ key, value }) => ({ key, value }))
      .sort((a, b) => Buffer.compare(a.key, b.key))
      .slice(0, limit);
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    this.#rows.set(`${table}/${key.toString('hex')}`, { table, key, value });
  }

  remove(table: TableName, key: Buffer): void {
    this.#rows.delete(`${table}/${key.toString('hex')}`);
  }

  settle(): void {
    // Everything is at hand.
  }

  all(): readonly unknown[] {
    return TABLES.map((table) => this.range(table, { start: Buffer.alloc(0) }));
  }
}

function fetch(from: Tables, wanted: Wanted, pages: FetchedPages): void {
  for (const [table, keys] of wanted.keys) {
    for (const key of keys) pages.putValue(table, key, from.get(table, key));
  }
  for (const [table, ranges] of wanted.ranges) {
    for (const range of ranges) pages.putRange(table, range, from.range(table, range));
  }
}

function flush(to: Tables, writes: Writes): void {
  for (const [table, entries] of writes) {
    for (const { key, value } of entries) {
      if (value === null) to.remove(table, key);
      else to.put(table, key, value);
    }
  }
}

/** Runs work in rounds, as a store does. */
function inRounds<T>(
  plain: Tables,
  work: (tables: Tables) => T,
): { readonly result: T; readonly rounds: number } {
  const pages = new FetchedPages();
  for (let rounds = 0; ; rounds++) {
    const tables = new FetchedTables(pages);
    try {
      const result = work(tables);
      if (tables.wanted === null) {
        flush(plain, tables.writes);
        return { result, rounds };
      }
    } catch (error) {
      if (tables.wanted === null) throw error;
    }
    fetch(plain, tables.wanted, pages);
  }
}

const keyArbitrary = fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }).map((bytes) => Buffer.from(bytes));
const stepArbitrary = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), table: fc.constantFrom(...TABLES), key: keyArbitrary }),
  fc.record({
    kind: fc.constant('range' as const),
    table: fc.constantFrom(...TABLES),
    start: keyArbitrary,
    end: fc.option(keyArbitrary, { nil: undefined }),
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('put' as const), table: fc.constantFrom(...TABLES), key: keyArbitrary }),
  fc.record({ kind: fc.constant('remove' as const), table: fc.constantFrom(...TABLES), key: keyArbitrary }),
  // What is read decides what is read and written next.
  fc.record({ kind: fc.constant('follow' as const), table: fc.constantFrom(...TABLES), key: keyArbitrary }),
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

function run(tables: Tables, steps: readonly Step[]): readonly unknown[] {
  return steps.map((step, i) => {
    if (step.kind === 'get') return tables.get(step.table, step.key);
    if (step.kind === 'put') {
      tables.put(step.table, step.key, Buffer.of(i));
      return null;
    }
    if (step.kind === 'remove') {
      tables.remove(step.table, step.key);
      return null;
    }
    if (step.kind === 'follow') {
      const found = tables.get(step.table, step.key);
      const next = Buffer.of(found?.[0] === undefined ? 0 : found[0] % 4);
      tables.put('objects', next, Buffer.of(i));
      return tables.get('about', next);
    }
    const { table, start, end, limit } = step;
    return tables.range(table, {
      start,
      ...(end === undefined ? {} : { end }),
      ...(limit === undefined ? {} : { limit }),
    });
  });
}

test('work on fetched pages reads and writes what it does on the tables themselves', () => {
  fc.assert(
    fc.property(fc.array(fc.array(stepArbitrary, { maxLength: 12 }), { maxLength: 6 }), (batches) => {
      const [plain, behind] = [new PlainTables(), new PlainTables()];
      for (const steps of batches) {
        const { result } = inRounds(behind, (tables) => run(tables, steps));
        assert.deepEqual(result, run(plain, steps));
        assert.deepEqual(behind.all(), plain.all());
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('FetchedTables takes one round for all that is asked for without regard to answers', () => {
  const plain = new PlainTables();
  plain.put('objects', Buffer.from('a'), Buffer.from('1'));
  const { rounds } = inRounds(plain, (tables) => {
    for (const key of ['a', 'b', 'c']) tables.get('objects', Buffer.from(key));
    return tables.range('about', { start: Buffer.from('a') });
  });
  assert.equal(rounds, 1);
});

test('FetchedTables takes what work throws seriously only when it had all that it asked for', () => {
  const plain = new PlainTables();
  for (const key of ['a', 'b']) plain.put('objects', Buffer.from(key), Buffer.from(key));
  const load = (tables: Tables, key: string): string => {
    const value = tables.get('objects', Buffer.from(key));
    if (value === null) throw new Error(`no ${key}`);
    return value.toString();
  };
  const all = inRounds(plain, (tables) => mapAll(['a', 'b'], (key) => load(tables, key)));
  assert.deepEqual(all, { result: ['a', 'b'], rounds: 1 });
  assert.throws(
    () => inRounds(plain, (tables) => mapAll(['a', 'c', 'd'], (key) => load(tables, key))),
    /no c/,
  );
});

test('settle() ends a run before what is costly, and not once everything is there', () => {
  let costly = 0;
  inRounds(new PlainTables(), (tables) => {
    tables.get('objects', Buffer.from('a'));
    tables.settle();
    costly += 1;
  });
  assert.equal(costly, 1);
});
