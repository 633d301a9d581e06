import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { PipelineError, assertServiceConfig, counted, jsonText, loadConfig } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { readGroup, seekMoves } from '../pipeline/index.ts';
import type { SeekMove, SeekTarget } from '../pipeline/index.ts';
import type { TopicAdmin } from '../streams/index.ts';
import { withAdmin } from './brokers.ts';

interface SeekFlags {
  readonly config: string;
  readonly topic: string;
  readonly partition?: number;
  readonly to: SeekTarget;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `nightjar seek`: where the service's group goes on in a topic. */
export function createSeekCommand(): Command {
  return new Command('seek')
    .description('Move where the service goes on in a topic, while no instance runs')
    .requiredOption('--config <file>', 'YAML configuration of the service')
    .requiredOption('--topic <name>', 'a topic that the service reads')
    .option('--partition <n>', 'only this partition', parsePartition)
    .requiredOption(
      '--to <where>',
      'earliest, latest, an offset, or a time with its zone, ISO 8601',
      parseTarget,
    )
    .option('--dry-run', 'only show what would be moved')
    .option('--json', 'print one JSON line for each partition')
    .action(async (flags: SeekFlags) => {
      const config = loadConfig(flags.config, {}, process.env);
      assertServiceConfig(config);
      const moves = await withAdmin(config.kafka, (admin) => seek(admin, config, flags));
      process.stdout.write(
        `${flags.json === true ? moves.map(moveJson).join('\n') : movesText(moves, flags)}\n`,
      );
    });
}

async function seek(admin: TopicAdmin, config: Config, flags: SeekFlags): Promise<readonly SeekMove[]> {
  const { topic, partition, to, dryRun } = flags;
  const own = (await readGroup(admin, config)).offsets.filter((offsets) => offsets.topic === topic);
  if (own.length === 0) {
    // A topic that is not there says so; one that is there is not the service's.
    await admin.describeTopics([topic]);
    throw new PipelineError(
      'TOPIC_NOT_FOUND',
      `Cannot seek in topic "${topic}" as no source of the configuration reads it`,
    );
  }
  const chosen = partition === undefined ? own : own.filter((offsets) => offsets.partition === partition);
  if (chosen.length === 0)
    throw new PipelineError(
      'TOPIC_NOT_FOUND',
      `Cannot seek in partition ${partition} of topic "${topic}" as it has ${counted(own.length, 'partition')}, numbered from 0`,
    );
  const times = to.kind === 'time' ? await admin.offsetsAt(topic, to.timeMs) : [];
  const moves = seekMoves(chosen, to, new Map(times.map((time) => [time.partition, time.offset])));
  if (dryRun !== true)
    await admin.setCommitted(
      config.kafka.groupId,
      moves.map((move) => ({ topic, partition: move.partition, offset: move.to })),
    );
  return moves;
}

function movesText(moves: readonly SeekMove[], { topic, dryRun }: SeekFlags): string {
  const table = new Table({
    head: ['partition', 'from', 'to'],
    style: { head: [], border: [], compact: true },
    colAligns: ['right', 'right', 'right'],
  });
  for (const { partition, from, to } of moves)
    table.push([partition, from === null ? '–' : String(from), String(to)]);
  const done = dryRun === true ? 'Nothing was moved: this would be' : 'Moved';
  return `${done} in topic "${topic}":\n${table.toString()}`;
}

function moveJson({ topic, partition, from, to }: SeekMove): string {
  return jsonText({ topic, partition, from, to });
}

function parsePartition(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes the number of a partition, from 0.');
}

function parseTarget(text: string): SeekTarget {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  if (/^\d{1,18}$/.test(text)) return { kind: 'offset', offset: BigInt(text) };
  const timeMs = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return { kind: 'time', timeMs };
  throw new InvalidArgumentError('It takes earliest, latest, an offset, or a time as 2026-11-24T00:00:00Z.');
}
