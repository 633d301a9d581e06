import { systemClock } from '../../core/index.ts';
import { processUsage } from '../process-usage.ts';
import { median } from '../result.ts';
import { buildMeasuredStep } from './measured-step.ts';
import { openStepRunner } from './step-runner.ts';
import type { StepOutcome } from './step-runner.ts';
import { parseVariantArguments } from './variant-arguments.ts';

// A fresh process of `bench -- train` and `bench -- gpu`: one JSON argument, a `VariantArguments`.

const { case: trainingCase, pieceRows, warmUpSteps, steps, device, threads } = parseVariantArguments();
const startMs = systemClock.monotonicMs();
const measured = await buildMeasuredStep(trainingCase, pieceRows);
const runner = await openStepRunner(measured, { device, threads });
const openMs = systemClock.monotonicMs() - startMs;

const outcomes: StepOutcome[] = [];
const stepsMs: number[] = [];
for (let step = 0; step < warmUpSteps + steps; step++) {
  const stepMs = systemClock.monotonicMs();
  outcomes.push(await runner.run());
  if (step >= warmUpSteps) stepsMs.push(systemClock.monotonicMs() - stepMs);
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
