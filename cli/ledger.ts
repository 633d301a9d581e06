import { Command } from 'commander';
import { PipelineError, assertServiceConfig, loadConfig } from '../core/index.ts';
import { readReplayLedger, serviceLedger } from '../pipeline/index.ts';
import type { LedgerReport, ServiceLedgerReport } from '../pipeline/index.ts';
import { withAdmin } from './brokers.ts';
import { ledgerTable } from './ledger-table.ts';

interface LedgerFlags {
  readonly config?: string;
  readonly dir?: string;
  readonly json?: true;
}

/** `nightjar ledger`: where every packet ended, of a service or of a replay. */
export function createLedgerCommand(): Command {
  return new Command('ledger')
    .description('Where every packet ended: of the service, or of a replay; also while it runs')
    .option('--config <file>', 'YAML configuration of the service')
    .option('--dir <path>', 'output folder of a replay')
    .option('--json', 'print one JSON line')
    .addHelpText('after', '\nExits 1 if the ledger does not balance.')
    .action(async (flags: LedgerFlags, command: Command) => {
      const { config: file, dir, json } = flags;
      if ((file === undefined) === (dir === undefined))
        command.error('error: one of --config and --dir says whose ledger');
      const report = dir === undefined ? await ledgerOfService(file ?? '') : await readReplayLedger(dir);
      process.stdout.write(`${json === true ? JSON.stringify(report) : ledgerText(report)}\n`);
      if (!report.balanced)
        throw new PipelineError('LEDGER_UNBALANCED', 'Cannot account for every packet: please report it');
    });
}

async function ledgerOfService(file: string): Promise<ServiceLedgerReport> {
  const config = loadConfig(file, {}, process.env);
  assertServiceConfig(config);
  const { kafka, service } = config;
  const committed = await withAdmin(kafka, (admin) => admin.committed(kafka.groupId));
  return serviceLedger(committed, service.alertsTopic);
}

function ledgerText(report: LedgerReport | ServiceLedgerReport): string {
  const inTransit = 'inTransit' in report ? report.inTransit : 0;
  const table = ledgerTable(report, inTransit);
  return inTransit === 0
    ? table
    : `${table}\n${inTransit} of them on the way to the instance of their object`;
}
