import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoBroker } from '../../../bench/kafka/broker.ts';
import { kafkaBench } from '../../../bench/kafka/compare.ts';
import type { BenchReport } from '../../../bench/result.ts';

const TINY = {
  isSimulated: true,
  simulatedAlerts: 20,
  parts: ['service', 'stall', 'clients'],
  rounds: 1,
  packets: 30,
  partitions: 2,
  messages: 80,
  queueBytesMax: [2 ** 20],
  stallMs: 4000,
  stallTransactionTimeoutMs: 1000,
  onProgress: () => undefined,
} as const;

test('kafkaBench() measures service, stall and clients', { timeout: 300_000 }, async (context) => {
  let report: BenchReport;
  try {
    report = await kafkaBench(TINY);
  } catch (error) {
    if (!(error instanceof NoBroker)) throw error;
    context.skip(error.message);
    return;
  }
  const { n, figures, text } = report;
  const raw = (name: string): number => figures[name]?.raw[0] ?? NaN;
  for (const variant of ['run', 'withoutModel']) {
    assert.equal(n[`service.${variant}.consumed`], TINY.packets);
    assert.equal(n[`service.${variant}.scored`], n['service.run.scored']);
    assert.ok(raw(`service.${variant}.packetsPerSecond`) > 0);
    assert.ok(raw(`service.${variant}.megabytesPerSecond`) > 0);
  }
  for (const place of ['model', 'publish']) {
    assert.ok(raw(`stall.${place}.queue1.peakMib`) > raw(`stall.${place}.queue1.startMib`), place);
    assert.ok((figures[`stall.${place}.queue1.rssMib`]?.raw.length ?? 0) > 10, place);
  }
  for (const client of ['kafkajs', 'nightjar', 'platformatic']) {
    for (const size of ['large', 'small'])
      assert.ok(raw(`clients.${client}.produce.${size}.messagesPerSecond`) > 0, client);
    assert.ok(raw(`clients.${client}.consume.small.messagesPerSecond`) > 0, client);
    assert.equal(raw(`clients.${client}.committedMissing`), 0, client);
  }
  // Otherwise our repairs have come into the process of the client as it comes.
  assert.ok(raw('clients.kafkajs.abortedReturned') > 0);
  assert.equal(raw('clients.nightjar.abortedReturned'), 0);
  assert.equal(raw('clients.nightjar.firstIsFenced'), 1);
  assert.equal(raw('clients.nightjar.secondIsFenced'), 0);
  assert.match(text, /nightjar run/);
  assert.match(text, /the first, as it should be/);
});
