import Table from 'cli-table3';
import { Command } from 'commander';
import { assertServiceConfig, counted, jsonText, loadConfig } from '../core/index.ts';
import { lagReport, readGroup } from '../pipeline/index.ts';
import type { GroupState, LagReport } from '../pipeline/index.ts';
import { withAdmin } from './brokers.ts';

interface LagFlags {
  readonly config: string;
  readonly json?: true;
}

/** `nightjar lag`: how far the service's group is behind, by topic and partition. */
export function createLagCommand(): Command {
  return new Command('lag')
    .description('How far the service is behind in its topics, and which instances share them')
    .requiredOption('--config <file>', 'YAML configuration of the service')
    .option('--json', 'print one JSON line for the group, then one for each partition')
    .action(async ({ config: file, json }: LagFlags) => {
      const config = loadConfig(file, {}, process.env);
      assertServiceConfig(config);
      const group = await withAdmin(config.kafka, (admin) => readGroup(admin, config));
      const report = lagReport(group.offsets);
      const { groupId } = config.kafka;
      const text = json === true ? lagJson(groupId, group, report) : lagText(groupId, group, report);
      process.stdout.write(`${text}\n`);
    });
}

function lagJson(groupId: string, { members }: GroupState, report: LagReport): string {
  const { partitions, topics, lag, lost } = report;
  const rows = partitions.map(({ topic, partition, committed, begin, end, lag: own, lost: ownLost }) =>
    jsonText({ topic, partition, committed, begin, end, lag: own, lost: ownLost }),
  );
  return [jsonText({ groupId, members, topics, lag, lost }), ...rows].join('\n');
}

function lagText(groupId: string, { members }: GroupState, { partitions, lag, lost }: LagReport): string {
  const table = new Table({
    head: ['topic', 'partition', 'committed', 'end', 'lag'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const { topic, partition, committed, end, lag: own } of partitions)
    table.push([topic, partition, committed === null ? '–' : String(committed), String(end), String(own)]);
  const who = members.map(({ clientId, host }) => `${clientId} at ${host}`).join(', ');
  const lines = [
    table.toString(),
    `Group "${groupId}" is ${counted(lag, 'message')} behind`,
    members.length === 0 ? 'No instance is running' : `${counted(members.length, 'instance')}: ${who}`,
    ...(lost === 0n
      ? []
      : [`${counted(lost, 'message')} lost: deleted by retention before the service had read them`]),
  ];
  return lines.join('\n');
}
