import { createHash } from 'node:crypto';
import { Metrics, loadConfig, objectKey, systemClock } from '../../core/index.ts';
import { archiveSource } from '../../pipeline/index.ts';
import type { ProducedMessage } from './services/topics.ts';

/** A packet as a survey's topic would carry it. */
export interface TopicPacket extends ProducedMessage {
  readonly value: Buffer;
  /** The object's, or `null` where the bytes are bad. */
  readonly key: string | null;
  /** What makes it the same alert wherever it lies; `null` where the bytes are bad. */
  readonly alert: string | null;
  /** The file or archive that it is from. */
  readonly file: string;
}

/**
 * Packets of files and archives in the order of a replay, each as one message.
 *
 * @param options.registryUrl knows the writer schemas of Confluent messages
 */
export async function topicPackets(options: {
  readonly paths: readonly string[];
  readonly registryUrl: string;
}): Promise<readonly TopicPacket[]> {
  const { paths, registryUrl } = options;
  const config = loadConfig(null, { registry: { url: registryUrl, cacheDir: null } });
  const metrics = new Metrics();
  const source = await archiveSource({ paths, config, speed: 'max', clock: systemClock, metrics });
  const packets: TopicPacket[] = [];
  for await (const packet of source.packets(source.inputs, new AbortController().signal)) {
    const alert = packet.result.ok ? packet.result.value : null;
    const key = alert === null ? null : objectKey(alert.survey, alert.objectId);
    packets.push({
      key,
      value: Buffer.from(packet.original()),
      alert: alert === null ? null : `${key} ${alert.alertId}`,
      file: 'file' in packet.source ? packet.source.file : '',
    });
  }
  return packets;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
