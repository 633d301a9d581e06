import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { NightFiles } from '../../simulator/index.ts';
import { nightjar, startNightjar } from '../helpers/nightjar.ts';
import type { StartedNightjar } from '../helpers/nightjar.ts';
import { ReplayBench } from '../helpers/replays.ts';

const bench = new ReplayBench();
const config = bench.path('config.yaml');
let night: NightFiles;
let args: readonly string[];

before(async () => {
  night = await bench.night('night.tar', { survey: 'ztf', seed: 3, alerts: 40 });
  await bench.write('config.yaml', 'pipeline: { batchPackets: 1 }\n');
  args = ['replay', night.archive, '--config', config];
  await bench.replay({ paths: [night.archive], out: 'whole' });
});
after(() => bench.close());

/** Waits for a process to have said something on standard error, or to have ended. */
async function said(started: StartedNightjar, pattern: RegExp): Promise<string> {
  let hasEnded = false;
  void started.ended.then(() => (hasEnded = true));
  for (;;) {
    const [, found] = pattern.exec(started.err()) ?? [];
    if (found !== undefined) return found;
    assert.ok(!hasEnded, `ended without ${pattern}: ${started.err()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Metrics by name and labels. */
async function scraped(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(url)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('replay prints the ledger and where its output is; --json prints one line', async () => {
  const [text, json] = await Promise.all([
    nightjar(...args, '--out', bench.path('text')),
    nightjar(...args, '--out', bench.path('json'), '--json'),
  ]);
  assert.deepEqual([text.status, text.err, json.status, json.err], [0, '', 0, '']);
  assert.match(text.out, /\nThe ledger balances: 40 packets consumed, 40 accounted for\n/);
  assert.ok(text.out.includes(`are in ${bench.path('text')}\n`));
  const summary = JSON.parse(json.out) as { ledger: { balanced: boolean }; isComplete: boolean; out: string };
  assert.deepEqual(
    [summary.ledger.balanced, summary.isComplete, summary.out],
    [true, true, bench.path('json')],
  );
  assert.equal(bench.text('text', 'scores.jsonl'), bench.text('whole', 'scores.jsonl'));
});

test('a replay serves /metrics while it lasts, and SIGTERM ends it with what is under way', async () => {
  const out = bench.path('stopped');
  // The night takes hours: at this speed its first packet comes at once and its last never within the test.
  const started = startNightjar([...args, '--out', out, '--speed', '20', '--metrics-port', '0']);
  const url = await said(started, /^Metrics at (http:\S+\/metrics)\n/);
  let metrics = await scraped(url);
  while ((metrics.get('nightjar_pipeline_consumed_packets_total') ?? 0) === 0) {
    assert.ok(started.child.exitCode === null, started.err());
    metrics = await scraped(url);
  }
  assert.equal((await fetch(url.replace('metrics', 'nothing'))).status, 404);
  assert.ok((metrics.get('nightjar_process_resident_memory_bytes') ?? 0) > 1e7);

  started.child.kill('SIGTERM');
  const { status, out: text, err } = await started.ended;
  assert.equal(status, 1);
  assert.match(err, /nightjar: stopping; what is under way is finished first/);
  assert.match(err, /RUN_STOPPED: Stopped by a signal; the same command goes on\n$/);
  assert.match(text, /stopped early, the same command goes on\n$/);
  await assert.rejects(fetch(url));

  const again = await nightjar(...args, '--out', out);
  assert.deepEqual([again.status, again.err], [0, '']);
  // Whole files: the ledger, the manifest and the checkpoint too.
  const { status: same } = spawnSync('diff', ['-r', '-x', 'store', out, bench.path('text')]);
  assert.equal(same, 0);
});

test('a port that is taken ends the replay in one line, before it begins', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, err } = await nightjar(
    ...args,
    '--out',
    bench.path('no-port'),
    '--metrics-port',
    String(port),
  );
  server.close();
  assert.equal(status, 1);
  assert.match(err, new RegExp(`^nightjar: CONFIG_INVALID: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
  assert.equal(bench.text('no-port', 'checkpoint.json'), '(not there)');
});

test('a second replay into a folder that one is writing is refused, and harms nothing', async () => {
  const out = bench.path('shared');
  const slow = startNightjar([...args, '--out', out, '--speed', '20', '--metrics-port', '0']);
  const url = await said(slow, /^Metrics at (http:\S+\/metrics)\n/);
  while (((await scraped(url)).get('nightjar_pipeline_consumed_packets_total') ?? 0) === 0) {
    assert.ok(slow.child.exitCode === null, slow.err());
  }
  const second = await nightjar(...args, '--out', out);
  assert.equal(second.status, 1);
  assert.match(second.err, /^nightjar: OUTPUT_UNUSABLE: [^\n]*one process writes it at a time[^\n]*\n$/);
  slow.child.kill('SIGKILL');
  await slow.ended;
  assert.equal((await nightjar(...args, '--out', out)).status, 0);
  assert.equal(spawnSync('diff', ['-r', '-x', 'store', out, bench.path('text')]).status, 0);
});
