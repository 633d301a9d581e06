import { systemClock } from '../../core/index.ts';
import { processUsage } from '../process-usage.ts';
import { median } from '../result.ts';
import { buildMeasuredStep } from './measured-step.ts';
import { openStepRunner } from './step-runner.ts';
import type { StepOutcome } from './step-runner.ts';
import { parseVariantArguments } from './variant-arguments.ts';

// A fresh process of `bench -- train` and `bench -- gpu`: one JSON argument, a `VariantArguments`.

const {
  case: trainingCase,
  pieceRows,
  warmUpSteps,
  steps,
  device,
  threads,
  products,
} = parseVariantArguments();
const startMs = systemClock.monotonicMs();
const measured = await buildMeasuredStep(trainingCase, { pieceRows, products });
const runner = await openStepRunner(measured, { device, threads });
const openMs = systemClock.monotonicMs() - startMs;

const outcomes: StepOutcome[] = [];
const stepsMs: number[] = [];
const warmUpRuns = Math.ceil(warmUpSteps / runner.stepsPerRun);
for (let run = 0; run < warmUpRuns + Math.ceil(steps / runner.stepsPerRun); run++) {
  const runMs = systemClock.monotonicMs();
  outcomes.push(...(await runner.run()));
  if (run >= warmUpRuns) stepsMs.push((systemClock.monotonicMs() - runMs) / runner.stepsPerRun);
}
const { peakRssMib } = processUsage(process.pid);
const [first, second = first] = outcomes;
const last = outcomes.at(-1);
if (first === undefined || second === undefined || !Number.isFinite(last?.loss))
  throw new Error(`Cannot measure as losses must be finite: current value is ${last?.loss ?? 'none'}`);
process.stdout.write(
  `${JSON.stringify({
    stepMs: median(stepsMs),
    openMs,
    peakMib: peakRssMib,
    parameters: measured.parameters,
    firstLoss: first.loss,
    firstNorm: first.norm,
    secondLoss: second.loss,
    lastLoss: last?.loss,
  })}\n`,
  // Not through the runtime's own end, in which some drivers crash.
  () => process.exit(0),
);
