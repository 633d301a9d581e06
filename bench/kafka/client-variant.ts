import { Random, systemClock } from '../../core/index.ts';
import { uniqueName, withTopic } from './broker.ts';
import { RECORD_VALUES, COMMITTED_RECORDS } from './clients/aborted-topic.ts';
import { Arrivals } from './clients/arrivals.ts';
import type { BenchClient } from './clients/bench-client.ts';
import { fencing } from './clients/fencing.ts';
import { CLIENT_NAMES, openClient } from './clients/registry.ts';
import { MESSAGE_SIZES, SEND_BYTES_MAX, randomValue } from './message-sizes.ts';
import type { MessageSize } from './message-sizes.ts';

// A fresh process of `bench -- kafka`: BROKERS CLIENT ABORTED_TOPIC SIZE=TOPIC=MESSAGES=PRODUCED,….

const [brokersText = '', clientName = '', abortedTopic = '', sizesText = ''] = process.argv.slice(2);
const brokers = brokersText.split(',');
const name = CLIENT_NAMES.find((known) => known === clientName) ?? 'kafkajs';
const client = await openClient(name, { brokers, isFromNone: true });
const figures: Record<string, number> = {};
for (const entry of sizesText.split(',')) {
  const [size = '', topic = '', messages = '', produced = ''] = entry.split('=');
  await measureSize(size as MessageSize, { topic, messages: Number(messages), produced: Number(produced) });
}
Object.assign(figures, await readCommitted(client));
const { firstIsFenced, secondIsFenced } = await fencing(name, { brokers, isFromNone: false });
Object.assign(figures, { firstIsFenced, secondIsFenced });
if (name === 'platformatic') {
  const fromNone = await fencing(name, { brokers, isFromNone: true });
  figures['firstIsFencedFromNone'] = fromNone.firstIsFenced;
  figures['secondIsFencedFromNone'] = fromNone.secondIsFenced;
}
process.stdout.write(`${JSON.stringify(figures)}\n`);
// A client that was fenced may keep trying in the background.
process.exit(0);

async function measureSize(
  size: MessageSize,
  work: { readonly topic: string; readonly messages: number; readonly produced: number },
): Promise<void> {
  const arrivals = new Arrivals(work.messages, { clock: systemClock, cpuMs });
  await client.consume(work.topic, (values) => {
    for (const value of values)
      if (value?.length !== MESSAGE_SIZES[size]) throw new Error(`Cannot count a message of another size`);
    return arrivals.add(values.length);
  });
  const { messagesPerSecond, cpuMsPerMessage } = arrivals.figures();
  figures[`consume.${size}.messagesPerSecond`] = messagesPerSecond;
  figures[`consume.${size}.cpuMsPerMessage`] = cpuMsPerMessage;
  figures[`produce.${size}.messagesPerSecond`] = await producedPerSecond(size, work.produced);
}

async function producedPerSecond(size: MessageSize, messages: number): Promise<number> {
  const value = randomValue(new Random('bench kafka'), MESSAGE_SIZES[size]);
  const perSend = Math.max(1, Math.floor(SEND_BYTES_MAX / MESSAGE_SIZES[size]));
  const sends: Buffer[][] = [];
  for (let left = messages; left > 0; left -= perSend)
    sends.push(new Array<Buffer>(Math.min(left, perSend)).fill(value));
  return withTopic(brokers, uniqueName('produced'), async (topic) => {
    const startMs = systemClock.monotonicMs();
    await client.produce(topic, sends);
    return (1000 * messages) / (systemClock.monotonicMs() - startMs);
  });
}

/** How many records of aborted transactions a reader of committed ones is given, and how many committed ones are not. */
async function readCommitted(reader: BenchClient): Promise<Readonly<Record<string, number>>> {
  const counts = { aborted: 0, committed: 0, end: 0 };
  await reader.consume(abortedTopic, (values) => {
    for (const value of values) counts[String(value) as keyof typeof counts]++;
    return counts.end > 0;
  });
  return {
    abortedReturned: counts[RECORD_VALUES.aborted],
    committedMissing: COMMITTED_RECORDS - counts[RECORD_VALUES.committed],
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
