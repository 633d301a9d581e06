import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Alert, MetadataRecord, Spectrum, SurveyId } from '../../../core/index.ts';
import type { JoinRules, ObjectLimits, ObjectView } from '../../../streams/index.ts';
import { StoreWork } from '../../../streams/windows/store-work.ts';
import { alertOf } from './alerts.ts';
import { JOIN_RULES } from './join-rules.ts';
import { MemoryTables } from './memory-tables.ts';
import { recordOf } from './metadata-records.ts';
import { spectrumOf } from './spectra.ts';

const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };

type Event =
  | { readonly kind: 'alert'; readonly value: Alert }
  | { readonly kind: 'spectrum'; readonly value: Spectrum; readonly arrivedMs: number | null }
  | { readonly kind: 'metadata'; readonly value: MetadataRecord; readonly arrivedMs: number | null };

/** Objects far from each other; two surveys have one with the same id. */
const OBJECTS: readonly { readonly survey: string; readonly objectId: SurveyId; readonly raDeg: number }[] = [
  { survey: 'ztf', objectId: 'A', raDeg: 10 },
  { survey: 'lsst', objectId: 'A', raDeg: 20 },
  { survey: 'lsst', objectId: 7n, raDeg: 30 },
];
const KEYS = ['lsst/7', 'lsst/A', 'ztf/A'];

/** What each event of a run gave: an event that comes again must give the same. */
function take(work: StoreWork, event: Event): readonly ObjectView[] {
  if (event.kind === 'alert') {
    const [outcome] = work.merge([event.value]);
    return outcome?.kind === 'merged' ? [outcome.view] : [];
  }
  const { receipt } =
    event.kind === 'spectrum'
      ? work.putSpectrum(event.value, event.arrivedMs)
      : work.putMetadata(event.value, event.arrivedMs);
  return receipt.outcomes.map(({ view }) => view);
}

function finalViews(work: StoreWork): readonly unknown[] {
  return KEYS.map((key) => {
    const view = work.object(key);
    return view === null ? null : { ...view, revision: null };
  });
}

const alerts = fc
  .array(
    fc.record({
      object: fc.constantFrom(...OBJECTS),
      mjd: fc.integer({ min: 0, max: 9 }),
      jMag: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      history: fc.array(fc.record({ mjd: fc.integer({ min: 0, max: 9 }), flux: fc.integer({ max: 3 }) }), {
        maxLength: 3,
      }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((sketches) =>
    sketches.map(({ object, jMag, ...sketch }, index): Event => {
      const metadata = jMag === undefined ? {} : { jMag };
      return { kind: 'alert', value: alertOf({ ...sketch, ...object, index, metadata }) };
    }),
  );

/** By id, by position, or by position under a name that no object has. */
const belonging = fc.oneof(
  fc.constantFrom({ objectId: 'A' }, { objectId: '7' }),
  fc
    .constantFrom(...OBJECTS)
    .chain(({ raDeg }) =>
      fc.constantFrom({ raDeg, decDeg: 20 }, { objectId: 'spec-1', raDeg: raDeg + 0.0001, decDeg: 20 }),
    ),
);
const arrivedMs = fc.option(fc.constant(0));

const spectra = fc.array(fc.record({ belonging, arrivedMs }), { maxLength: 4 }).map((sketches) =>
  sketches.map((sketch, i): Event => {
    const value = spectrumOf({ spectrumId: `s${i}`, ...sketch.belonging });
    return { kind: 'spectrum', value, arrivedMs: sketch.arrivedMs };
  }),
);

const records = fc
  .array(
    fc.record({
      belonging,
      arrivedMs,
      metadata: fc.dictionary(
        fc.constantFrom('jMag', 'hMag', 'hostRedshift'),
        fc.integer({ min: 0, max: 5 }),
      ),
    }),
    { maxLength: 6 },
  )
  .map((sketches) =>
    sketches.map((sketch, i): Event => {
      const value = recordOf({ recordId: `r${i}`, metadata: sketch.metadata, ...sketch.belonging });
      return { kind: 'metadata', value, arrivedMs: sketch.arrivedMs };
    }),
  );

/** Several lists as one, each in its own order; some of their events come again at some later time. */
const interleaved = fc.tuple(alerts, spectra, records).chain(([a, s, m]) => {
  const lists = [a, s, m];
  const turns = lists.flatMap((list, i) => list.map(() => i));
  return fc
    .record({
      order: fc.shuffledSubarray(turns, { minLength: turns.length }),
      alertOrder: fc.shuffledSubarray(a, { minLength: a.length }),
      again: fc.array(fc.record({ from: fc.nat(), at: fc.nat() }), { maxLength: 6 }),
    })
    .map(({ order, alertOrder, again }) => {
      const queues = [[...alertOrder], [...s], [...m]];
      const events = order.flatMap((turn) => queues[turn]?.shift() ?? []);
      for (const { from, at } of again) {
        const first = from % events.length;
        const event = events[first];
        if (event !== undefined) events.splice(first + 1 + (at % (events.length - first)), 0, event);
      }
      return { plain: lists.flat(), events };
    });
});

test('any interleaving of alerts, spectra and records, with repeats, ends with the same views', () => {
  fc.assert(
    fc.property(interleaved, ({ plain, events }) => {
      const works = [plain, events].map((list) => {
        const work = new StoreWork(new MemoryTables(), { limits: WIDE, ...JOIN_RULES });
        for (const event of list) take(work, event);
        return work;
      });
      const [inOrder, mixed] = works.map(finalViews);
      assert.deepEqual(mixed, inOrder);
    }),
    { seed: 1, numRuns: 400 },
  );
});

test('each event gives the same views whenever it comes again, and changes nothing', () => {
  fc.assert(
    fc.property(interleaved, ({ events }) => {
      const work = new StoreWork(new MemoryTables(), { limits: WIDE, ...JOIN_RULES });
      const given = new Map<Event, readonly ObjectView[]>();
      for (const event of events) {
        const views = take(work, event);
        assert.deepEqual(views, given.get(event) ?? views);
        given.set(event, views);
      }
      const before = KEYS.map((key) => work.object(key));
      for (const [event, views] of given) assert.deepEqual(take(work, event), views);
      assert.deepEqual(
        KEYS.map((key) => work.object(key)),
        before,
      );
    }),
    { seed: 2, numRuns: 400 },
  );
});

/** Messages of a topic for more objects than there are, at times that go to and fro. */
const topic = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('alert'),
      object: fc.integer({ min: 0, max: 5 }),
      mjd: fc.integer({ min: 0, max: 99 }),
    }),
    fc.record({
      kind: fc.constantFrom('spectrum', 'metadata'),
      object: fc.integer({ min: 0, max: 9 }),
      days: fc.integer({ min: 0, max: 20 }),
    }),
  ),
  { maxLength: 60 },
);

test('what waits stays within its limits, and what is kept is needed', () => {
  const limits: ObjectLimits = { ...WIDE, redeliveryPacketsMax: 3 };
  const rules: JoinRules = { ...JOIN_RULES, waitingMax: 3, waitingDays: 5 };
  fc.assert(
    fc.property(topic, (messages) => {
      const tables = new MemoryTables();
      const work = new StoreWork(tables, { limits, ...rules });
      for (const [index, message] of messages.entries()) {
        const objectId = `Z${message.object}`;
        if ('mjd' in message) {
          work.merge([alertOf({ objectId, mjd: message.mjd, index })]);
          continue;
        }
        const arrived = message.days * 86_400_000;
        const { counts } =
          message.kind === 'spectrum'
            ? work.putSpectrum(spectrumOf({ spectrumId: `s${index}`, objectId }), arrived)
            : work.putMetadata(recordOf({ recordId: `r${index}`, objectId }), arrived);
        assert.ok(counts !== null && counts.waiting <= rules.waitingMax, `${counts?.waiting} wait`);
      }
      // A last one of each kind, for which all changes are looked at.
      const last = [
        work.putSpectrum(spectrumOf({ spectrumId: 'last', objectId: 'none' }), 0),
        work.putMetadata(recordOf({ recordId: 'last', objectId: 'none' }), 0),
      ];
      const waiting = last.reduce((sum, { counts }) => sum + (counts?.waiting ?? 0), 0);
      assert.equal(tables.size('waiting'), waiting);
      assert.equal(tables.size('holderChanges'), 0);
      const kept = tables.size('spectra') + tables.size('metadata');
      assert.equal(kept, waiting + tables.size('holders'));
      assert.equal(tables.size('spectraByObject') + tables.size('metadataByObject'), kept);
    }),
    { seed: 3, numRuns: 200 },
  );
});
