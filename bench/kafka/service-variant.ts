import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Admin } from 'kafkajs';
import { systemClock } from '../../core/index.ts';
import type { ConfigInput } from '../../core/index.ts';
import { partitionCounts } from '../../pipeline/index.ts';
import type { PartitionCounts } from '../../pipeline/index.ts';
import { bindLifetime, endProcess, isRunning } from '../../test/helpers/services/processes.ts';
import { processUsage } from '../process-usage.ts';
import { moduleBeside } from '../repository.ts';
import { uniqueName, withAdmin } from './broker.ts';
import { sustained } from './progress.ts';
import type { ProgressSample } from './progress.ts';

// A fresh process of `bench -- kafka`, which starts the service in one of its own and watches what it commits:
// BROKERS TOPIC SCHEMAS_DIR FOLDER VARIANT(run|withoutModel).

const POLL_MS = 100;
const RUN_MS_MAX = 3_600_000;
const STOP_MS_MAX = 60_000;
const PARTITIONS_OUT = 4;

const [brokersText = '', topic = '', schemasDir = '', folder = '', variant = 'run'] = process.argv.slice(2);
const brokers = brokersText.split(',');
const groupId = uniqueName(`service-${variant}`);
const outputs = {
  scores: `${groupId}.scores`,
  candidates: `${groupId}.candidates`,
  deadLetters: `${groupId}.dead-letters`,
  tooLate: `${groupId}.too-late`,
};
const retriesTopic = `${groupId}.retries`;
const configFile = path.join(folder, `${groupId}.yaml`);
writeFileSync(
  configFile,
  JSON.stringify({
    kafka: { brokers, groupId },
    sources: [{ topics: [topic], keyed: true }],
    outputs: { ...outputs, partitions: PARTITIONS_OUT },
    service: { retriesTopic },
    decode: { schemasDir },
    store: { folder: path.join(folder, groupId) },
  } satisfies ConfigInput),
);
const figures = await withAdmin(brokers, async (admin) => {
  const figuresOfRun = await measure(admin);
  await admin.deleteTopics({ topics: [...Object.values(outputs), retriesTopic] });
  return figuresOfRun;
});
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function measure(admin: Admin): Promise<Readonly<Record<string, number>>> {
  const ends = await admin.fetchTopicOffsets(topic);
  const end = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const startMs = systemClock.monotonicMs();
  const { child, said } = startService();
  const pid = child.pid ?? 0;
  const samples: ProgressSample[] = [{ elapsedMs: 0, packets: 0, cpuSeconds: 0 }];
  for (let packets = 0; packets < end;) {
    await systemClock.sleep(POLL_MS);
    // While the broker makes its own topics ready it answers no such question.
    packets = await committedPackets(admin).catch(() => packets);
    const elapsedMs = systemClock.monotonicMs() - startMs;
    if (!isRunning(child)) throw new Error(`Cannot measure the service as it has ended: ${said()}`);
    if (elapsedMs > RUN_MS_MAX) throw new Error(`Cannot wait for the service: it is at ${packets} of ${end}`);
    samples.push({ elapsedMs, packets, cpuSeconds: processUsage(pid).cpuSeconds });
  }
  const { peakRssMib } = processUsage(pid);
  await endProcess(child, 'SIGTERM', STOP_MS_MAX);
  if (child.exitCode !== 0)
    throw new Error(`Cannot measure the service as it stopped with ${child.exitCode}: ${said()}`);
  const counts = await endings(admin);
  if (counts.consumed !== end)
    throw new Error(`Cannot measure the service as its ledger has ${counts.consumed} of ${end} packets`);
  const firstCommitMs = samples.find(({ packets }) => packets > 0)?.elapsedMs ?? NaN;
  return { ...sustained(samples), firstCommitSeconds: firstCommitMs / 1000, peakRssMib, ...counts };
}

function startService(): { readonly child: ChildProcess; readonly said: () => string } {
  const program =
    variant === 'run'
      ? [moduleBeside(import.meta.url, '../../cli/main'), 'run', '--config', configFile]
      : [moduleBeside(import.meta.url, 'without-model'), configFile];
  const child = spawn(process.execPath, [...process.execArgv, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  bindLifetime(child, null);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  return { child, said: () => said };
}

async function committedPackets(admin: Admin): Promise<number> {
  const offsets = await admin.fetchOffsets({ groupId, topics: [topic] });
  const partitions = offsets.flatMap((answer) => answer.partitions);
  return partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** Where the packets ended, as the partitions' ledgers have it. */
async function endings(admin: Admin): Promise<PartitionCounts> {
  const offsets = await admin.fetchOffsets({ groupId, topics: [topic] });
  const ledgers = offsets
    .flatMap(({ partitions }) => partitions)
    .map(({ metadata }) => partitionCounts(metadata ?? ''));
  const total = { ...partitionCounts('') };
  for (const ledger of ledgers)
    for (const column of Object.keys(total) as (keyof PartitionCounts)[]) total[column] += ledger[column];
  return total;
}
