import { writeFileSync } from 'node:fs';
import { objectKey } from '../../core/index.ts';
import { createObjectState, listArchiveInputs, mergeAlert, readArchives } from '../../streams/index.ts';
import type { ObjectState } from '../../streams/index.ts';
import { benchConfig, openBenchDecoder } from '../data.ts';
import type { BenchData } from '../data.ts';

/**
 * Writes the light curve that each alert of the packets makes, in the order of the packets, a line each.
 *
 * @returns how many
 */
export async function writeStream(file: string, data: BenchData): Promise<number> {
  const config = benchConfig(data);
  const decoder = await openBenchDecoder(config);
  const states = new Map<string, ObjectState>();
  const lines: string[] = [];
  for (const paths of data.paths.values()) {
    const inputs = await listArchiveInputs(paths);
    for await (const { result } of readArchives(inputs, { decoder, archive: config.archive })) {
      if (!result.ok) continue;
      const alert = result.value;
      const key = objectKey(alert.survey, alert.objectId);
      const { state, outcome } = mergeAlert(
        states.get(key) ?? createObjectState(alert),
        alert,
        config.window,
      );
      states.set(key, state);
      if (outcome.kind === 'merged') lines.push(JSON.stringify(outcome.view.lightCurve, idsAsText));
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
  return lines.length;
}

function idsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
