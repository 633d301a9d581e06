import path from 'node:path';
import { createLogger, loadConfig, Metrics, PipelineError, systemClock } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { runService } from '../../pipeline/index.ts';
import type { ScoringModel, ServiceOptions } from '../../pipeline/index.ts';
import { TransactionalProducer } from '../../streams/kafka/transactional-producer.ts';
import { memorySample } from '../replay/memory.ts';
import type { MemorySample } from '../replay/memory.ts';
import { uniqueName } from './broker.ts';
import { openConstantModel } from './constant-model.ts';
import type { StallPlace } from './stall-places.ts';

// A fresh process of `bench -- kafka`, the service with a stage through which nothing comes:
// BROKERS TOPIC SCHEMAS_DIR FOLDER PLACE QUEUE_BYTES_MAX DURATION_MS TRANSACTION_TIMEOUT_MS.

const SAMPLES = 240;
const NEVER = new Promise<never>(() => undefined);

const [brokersText = '', topic = '', schemasDir = '', folder = '', place = '', ...limits] =
  process.argv.slice(2);
const [queueBytesMax = 0, durationMs = 0, transactionTimeoutMs = 0] = limits.map(Number);
const groupId = uniqueName(`stall-${place}`);
const config = loadConfig(null, {
  // Bytes are to be the limit, whatever the size of the messages.
  kafka: {
    brokers: brokersText.split(','),
    groupId,
    queueBytesMax,
    queuePacketsMax: 1_000_000,
    transactionTimeoutMs,
  },
  sources: [{ topics: [topic], keyed: true }],
  outputs: {
    scores: `${groupId}.scores`,
    candidates: `${groupId}.candidates`,
    deadLetters: `${groupId}.dead-letters`,
    tooLate: `${groupId}.too-late`,
    partitions: 1,
  },
  service: { retriesTopic: `${groupId}.retries` },
  decode: { schemasDir },
  window: { pointsMin: 1 },
  store: { folder: path.join(folder, groupId) },
  log: { level: 'silent' },
});

/** What is put in the place of the stage that stalls. */
const STALLS: { readonly [P in StallPlace]: () => Pick<ServiceOptions, 'openModel'> } = {
  model: () => ({ openModel: openStalledModel }),
  publish: () => {
    TransactionalProducer.prototype.commit = commitInVain;
    return { openModel: openConstantModel };
  },
};

async function openStalledModel(of: Config): Promise<ScoringModel> {
  return { ...(await openConstantModel(of)), embed: () => NEVER };
}

/** As a commit ends that no broker answers. */
async function commitInVain(): Promise<void> {
  await systemClock.sleep(transactionTimeoutMs);
  throw new PipelineError('BROKER_UNREACHABLE', 'Cannot commit as no broker is meant to answer');
}

const metrics = new Metrics();
const samples: MemorySample[] = [memorySample(0, 0)];
let queueBytesMost = 0;
const stop = new AbortController();
const running = runService({
  config,
  clock: systemClock,
  metrics,
  logger: createLogger(config.log.level),
  signal: stop.signal,
  notice: () => undefined,
  ...STALLS[place as StallPlace](),
});
await Promise.race([running, sampleMemory()]);
process.stdout.write(`${JSON.stringify({ samples, queueBytesMost })}\n`);
// What is under way never ends.
process.exit(0);

async function sampleMemory(): Promise<void> {
  const startMs = systemClock.monotonicMs();
  for (let elapsedMs = 0; elapsedMs < durationMs;) {
    await systemClock.sleep(durationMs / SAMPLES);
    elapsedMs = systemClock.monotonicMs() - startMs;
    samples.push(memorySample(0, elapsedMs));
    queueBytesMost = Math.max(queueBytesMost, await queuedBytes());
  }
}

async function queuedBytes(): Promise<number> {
  const text = await metrics.exposition();
  return Number(/^nightjar_kafka_queue_bytes\{[^}]*\} (\S+)$/m.exec(text)?.[1] ?? 0);
}
