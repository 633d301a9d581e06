import { InvalidArgumentError } from 'commander';
import { parseCount } from '../cli/options.ts';
import { BENCH_SURVEYS } from './data.ts';
import type { BenchSurvey } from './data.ts';
import { packetBenchCommand, parsed, progressLine, publish } from './publish.ts';
import type { PacketFlags } from './publish.ts';
import { replayBench } from './replay/measure.ts';

interface ReplayFlags extends PacketFlags {
  readonly alerts: number;
  readonly surveys?: readonly BenchSurvey[];
}

const SIMULATED_ALERTS = 4000;

const flags = parsed(
  packetBenchCommand('replay', 'Alerts a second and memory of the whole pipeline on archives in a loop')
    .option('--alerts <n>', 'packets in all', parseCount, 100_000)
    .option('--surveys <s,…>', 'only these; the mix of the archives by default', parseSurveys),
).opts<ReplayFlags>();
publish(
  await replayBench({
    isSimulated: flags.simulated === true,
    simulatedAlerts: SIMULATED_ALERTS,
    alerts: flags.alerts,
    surveys: flags.surveys ?? null,
    slicePackets: 10_000,
    settledPackets: 20_000,
    samplePackets: 1000,
    onProgress: progressLine,
  }),
  flags,
);

function parseSurveys(text: string): readonly BenchSurvey[] {
  return text.split(',').map((name) => {
    const survey = BENCH_SURVEYS.find((known) => known === name);
    if (survey === undefined) throw new InvalidArgumentError(`It takes ${BENCH_SURVEYS.join(', ')}.`);
    return survey;
  });
}
