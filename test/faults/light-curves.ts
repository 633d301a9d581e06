import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nightjarOutput, succeeded } from '../helpers/services/service.ts';
import type { TopicPacket } from '../helpers/topic-packets.ts';
import type { FaultStage } from './stage.ts';

/** Objects whose light curve in the service's store is not the one that a replay of the same packets keeps. */
export async function differingLightCurves(
  { folder, service, registry }: FaultStage,
  packets: readonly TopicPacket[],
): Promise<number> {
  const inputs = path.join(folder, 'packets');
  const out = path.join(folder, 'replay');
  mkdirSync(inputs);
  for (const [i, { value }] of packets.entries())
    writeFileSync(path.join(inputs, `${i}.${value[0] === 0 ? 'bin' : 'avro'}`), value);
  await nightjarOutput('replay', inputs, '--out', out, '--registry', registry.url);
  const replayed = await nightjarOutput('lightcurves', '--store', path.join(out, 'store'), '--json');
  const stored = await succeeded(service.verb('lightcurves', '--json'));
  return differences(lines(stored), lines(replayed));
}

function lines(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== ''));
}

function differences(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  const only = [...some].filter((line) => !others.has(line)).length;
  return Math.max(only, [...others].filter((line) => !some.has(line)).length);
}
