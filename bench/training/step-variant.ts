import { systemClock } from '../../core/index.ts';
import { TrainingSession } from '../../model/sessions/training-session.ts';
import { GRADIENT_NORM } from '../../model/training/step/apply-update.ts';
import { LOSS } from '../../model/training/step/training-step.ts';
import { processUsage } from '../process-usage.ts';
import { median } from '../result.ts';
import { buildMeasuredStep } from './measured-step.ts';
import { parseVariantArguments } from './variant-arguments.ts';

// A fresh process of `bench -- train` and `bench -- gpu`: one JSON argument, a `VariantArguments`.

const { case: trained, device, threads, ...options } = parseVariantArguments();
const { stepsPerCall } = options;
const startMs = systemClock.monotonicMs();
const { program, state, batch, parameters, scalarsAt } = await buildMeasuredStep(trained, options);
const session = await TrainingSession.open(
  { step: program, evaluation: null, constants: batch },
  { state, device, threads },
);
const openMs = systemClock.monotonicMs() - startMs;

const losses: number[] = [];
const norms: number[] = [];
const stepsMs: number[] = [];
const warmUpCalls = Math.ceil(options.warmUpSteps / stepsPerCall);
for (let call = 1; call <= warmUpCalls + Math.ceil(options.steps / stepsPerCall); call++) {
  const callMs = systemClock.monotonicMs();
  const { metrics, isTaken } = await session.step(scalarsAt(call));
  if (call > warmUpCalls) stepsMs.push((systemClock.monotonicMs() - callMs) / stepsPerCall);
  if (!isTaken) throw new Error(`Cannot measure as metrics must be finite: ${JSON.stringify(metrics)}`);
  losses.push(metrics[LOSS] ?? NaN);
  norms.push(metrics[GRADIENT_NORM] ?? NaN);
}
const { peakRssMib } = processUsage(process.pid);
await session.close();
process.stdout.write(
  `${JSON.stringify({
    stepMs: median(stepsMs),
    openMs,
    peakMib: peakRssMib,
    parameters,
    firstLoss: losses[0],
    firstNorm: norms[0],
    ...(stepsPerCall === 1 ? { secondLoss: losses[1] } : {}),
    lastLoss: losses.at(-1),
  })}\n`,
);
