import path from 'node:path';
import type { Random } from '../../core/index.ts';
import type { SimulatedSurvey } from '../../simulator/index.ts';
import { registerLsstSchemas } from '../helpers/services/lsst-schemas.ts';
import type { SchemaRegistryServer } from '../helpers/services/schema-registry.ts';
import { nightjarOutput } from '../helpers/services/service.ts';
import type { ProducedMessage } from '../helpers/services/topics.ts';
import { topicPackets } from '../helpers/topic-packets.ts';
import type { TopicPacket } from '../helpers/topic-packets.ts';
import { poisoned } from './poison.ts';

/** In a round, of each survey. */
const SIMULATED_PACKETS = 60;
const REAL_PACKETS = 20;
/** Share of the packets before which a spoilt copy comes, and of those that come twice. */
const SPOILT_RATIO = 0.08;
const REPEATED_RATIO = 0.05;
const NIGHTS = 6;

/** Packets of each topic, round by round. */
export type NightRounds = { readonly [K in SimulatedSurvey]: readonly (readonly TopicPacket[])[] };

export interface NightOptions {
  readonly folder: string;
  readonly rounds: number;
  readonly seed: string;
  readonly registry: SchemaRegistryServer;
  /** Real packets that are mixed in, where there are any; they carry their own schemas. */
  readonly real: { readonly [K in SimulatedSurvey]: readonly string[] };
}

/** Simulates all rounds' packets at once, so that objects come again in later rounds, and adds real ones. */
export async function packetsOfRounds(options: NightOptions): Promise<NightRounds> {
  return { ztf: await roundsOf('ztf', options), lsst: await roundsOf('lsst', options) };
}

async function roundsOf(
  survey: SimulatedSurvey,
  { folder, rounds, seed, registry, real }: NightOptions,
): Promise<readonly (readonly TopicPacket[])[]> {
  const archive = path.join(folder, `${survey}.tar`);
  const flags = ['--alerts', rounds * SIMULATED_PACKETS, '--nights', NIGHTS, '--seed', seed].map(String);
  await nightjarOutput('simulate', '--survey', survey, '--out', archive, '--no-cutouts', ...flags);
  if (survey === 'lsst') registerLsstSchemas(registry, path.join(folder, 'lsst.schemas'));
  const read = (paths: readonly string[]) => topicPackets({ paths, registryUrl: registry.url });
  const [simulated, found] = [
    await read([archive]),
    real[survey].length === 0 ? [] : await read(real[survey]),
  ];
  return Array.from({ length: rounds }, (_, round) => [
    ...simulated.slice(round * SIMULATED_PACKETS, (round + 1) * SIMULATED_PACKETS),
    ...found.slice(round * REAL_PACKETS, (round + 1) * REAL_PACKETS),
  ]);
}

/** Good messages, some of them twice, and bad ones between them, in any order. */
export function roundMessages(packets: readonly TopicPacket[], random: Random): readonly ProducedMessage[] {
  const messages = packets.flatMap(({ key, value }): readonly ProducedMessage[] => {
    const spoilt = random.uniform() < SPOILT_RATIO ? [{ key, value: poisoned(value, random) }] : [];
    const repeated = random.uniform() < REPEATED_RATIO ? [{ key, value }] : [];
    return [...spoilt, { key, value }, ...repeated];
  });
  return random.shuffled(messages);
}
