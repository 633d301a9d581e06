import { objectKey, Random } from '../../core/index.ts';
import type { SurveyId } from '../../core/index.ts';
import { listArchiveInputs, readArchives } from '../../streams/index.ts';
import type { ProducedMessage } from '../../test/helpers/services/topics.ts';
import { benchConfig, openBenchDecoder } from '../data.ts';
import type { BenchData, BenchSurvey } from '../data.ts';
import { shiftedBytes, shiftedId } from './shifted-bytes.ts';

/** A shorter id may stand in a packet by chance, as part of something else. */
const ID_BYTES_MIN = 4;

/** A packet as its survey's topic would carry it. */
export interface SurveyMessage extends ProducedMessage {
  readonly value: Buffer;
}

/** Packets of all surveys, mixed as evenly as their numbers allow, each survey's in the order of its archives. */
export interface SurveyMessages {
  readonly count: number;
  readonly bytes: number;
  /** Packets by survey. */
  readonly mix: Readonly<Record<string, number>>;
  /** They are made as they are asked for, each time the same. */
  readonly messages: () => Iterable<SurveyMessage>;
}

/** A packet that was read, with its place among its survey's, 0 to 1. */
interface ReadPacket {
  readonly survey: BenchSurvey;
  readonly surveyId: string;
  readonly objectId: SurveyId;
  readonly bytes: Buffer;
  readonly place: number;
}

/**
 * So many packets that decode: some of the data's, each once, or all, and then over and over with other objects in each
 * loop, so that none is a duplicate of another.
 */
export async function surveyMessages(data: BenchData, count: number): Promise<SurveyMessages> {
  const found: ReadPacket[] = [];
  for (const survey of data.paths.keys()) found.push(...(await readPackets(data, survey)));
  const chosen = count < found.length ? new Random('bench kafka').shuffled(found).slice(0, count) : found;
  const first = chosen.sort((a, b) => a.place - b.place);
  const again = count > first.length ? first.filter(isShiftable) : [];
  if (count > first.length && again.length === 0)
    throw new Error(`Cannot make ${count} packets of the data as they have ${first.length} to begin with`);
  const plan = first.map((packet) => ({ packet, loop: 0 }));
  for (let loop = 1; plan.length < count; loop++)
    plan.push(...again.slice(0, count - plan.length).map((packet) => ({ packet, loop })));
  const mix: Record<string, number> = {};
  for (const { packet } of plan) mix[packet.survey] = (mix[packet.survey] ?? 0) + 1;
  return {
    count,
    bytes: plan.reduce((sum, { packet }) => sum + packet.bytes.length, 0),
    mix,
    *messages() {
      for (const { packet, loop } of plan) yield messageOf(packet, loop);
    },
  };
}

async function readPackets(data: BenchData, survey: BenchSurvey): Promise<readonly ReadPacket[]> {
  const config = benchConfig(data);
  const decoder = await openBenchDecoder(config);
  const inputs = await listArchiveInputs(data.paths.get(survey) ?? []);
  const packets: Omit<ReadPacket, 'place'>[] = [];
  const seen = new Set<string>();
  for await (const packet of readArchives(inputs, { decoder, archive: config.archive })) {
    if (!packet.result.ok) continue;
    const { survey: surveyId, objectId, alertId } = packet.result.value;
    const alert = `${objectId} ${alertId}`;
    if (seen.has(alert)) continue;
    seen.add(alert);
    packets.push({ survey, surveyId, objectId, bytes: Buffer.from(packet.original()) });
  }
  return packets.map((packet, i) => ({ ...packet, place: i / packets.length }));
}

function isShiftable(packet: ReadPacket): boolean {
  const from = shiftedId(packet.objectId, 1)?.from;
  return from !== undefined && from.length >= ID_BYTES_MIN && packet.bytes.includes(from);
}

function messageOf({ surveyId, objectId, bytes }: ReadPacket, loop: number): SurveyMessage {
  const other = loop === 0 ? null : shiftedId(objectId, loop);
  const shifted = other === null ? null : shiftedBytes(bytes, other);
  return { key: objectKey(surveyId, other?.id ?? objectId), value: shifted ?? bytes };
}
