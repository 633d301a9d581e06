import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PartitionLedger,
  partitionCounts,
  serviceLedger,
} from '../../../pipeline/service/partition-ledger.ts';
import { hasCode } from '../../helpers/has-code.ts';

test('PartitionLedger goes on from the metadata that it gave', () => {
  const first = new PartitionLedger('');
  first.consumed(3);
  first.ended('scored');
  first.ended('held');
  first.ended('deadLettered');
  const second = new PartitionLedger(first.metadata());
  second.consumed(1);
  second.ended('scored');
  assert.equal(second.metadata(), '{"consumed":4,"scored":2,"held":1,"deadLettered":1}');
});

test('PartitionLedger gives no metadata while a packet has no end', () => {
  const ledger = new PartitionLedger('');
  ledger.consumed(2);
  ledger.ended('duplicate');
  assert.throws(() => ledger.metadata(), hasCode('LEDGER_UNBALANCED'));
});

test('PartitionLedger counts what another program left as metadata as nothing', () => {
  for (const metadata of ['', 'null', '[1]', '{"consumed":-1}', '{"consumed":1,"other":1}', 'a: b']) {
    assert.equal(partitionCounts(metadata).consumed, 0, metadata);
  }
});

test('PartitionLedger metadata fits an offset however much is counted', () => {
  const most = Number.MAX_SAFE_INTEGER - 1;
  const full = Object.keys(partitionCounts('')).map((column) => `"${column}":${most}`);
  assert.ok(`{${full.join(',')}}`.length < 4096);
});

test('serviceLedger() counts what went through the internal topic once', () => {
  const report = serviceLedger(
    [
      { topic: 'ztf', partition: 0, metadata: '{"consumed":5,"forwarded":4,"deadLettered":1}' },
      { topic: 'ztf', partition: 1, metadata: '{"consumed":2,"forwarded":2}' },
      {
        topic: 'nightjar.alerts',
        partition: 0,
        metadata: '{"consumed":5,"scored":3,"held":1,"duplicate":1}',
      },
      { topic: 'spectra', partition: 0, metadata: '{"consumed":1,"scored":1}' },
    ],
    'nightjar.alerts',
  );
  assert.deepEqual(report.total, {
    consumed: 8,
    scored: 4,
    held: 1,
    duplicate: 1,
    deadLettered: 1,
    tooLate: 0,
  });
  assert.equal(report.inTransit, 1);
  assert.equal(report.balanced, true);
});

test('serviceLedger() does not balance where the internal topic gave more than it was given', () => {
  const report = serviceLedger(
    [{ topic: 'nightjar.alerts', partition: 0, metadata: '{"consumed":1,"held":1}' }],
    'nightjar.alerts',
  );
  assert.equal(report.balanced, false);
});
