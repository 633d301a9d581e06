import { PipelineError } from '../../../core/index.ts';
import type { Clock, Config, Metrics } from '../../../core/index.ts';
import { catalogueCheck } from './catalogue-check.ts';
import type { Check } from './check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';
import { kafkaCheck } from './kafka-check.ts';
import { modelCheck } from './model-check.ts';
import { registryCheck } from './registry-check.ts';
import { storeCheck } from './store-check.ts';

/** What the doctor looks at, in the order of its lines. */
export const CHECKS: readonly Check[] = [kafkaCheck, registryCheck, storeCheck, modelCheck, catalogueCheck];

/** No check takes longer; brokers that do not answer take their connect timeout, ms. */
const CHECK_MS_MAX = 20_000;

/**
 * Looks at every part that the service needs, all at once and each within a limit; nothing is changed anywhere.
 *
 * @param options.checks other parts than all
 * @returns findings in the order of the checks, as soon as each is known
 */
export async function* diagnose(options: {
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly checks?: readonly Check[];
  readonly checkMsMax?: number;
}): AsyncGenerator<Finding, void> {
  const running = (options.checks ?? CHECKS).map((check) => outcomeOf(check, options));
  for (const findings of running) yield* await findings;
}

/** What a check finds, or that it failed or took too long: never rejects. */
async function outcomeOf(
  check: Check,
  options: {
    readonly config: Config;
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly checkMsMax?: number;
  },
): Promise<readonly Finding[]> {
  const { config, clock, metrics, checkMsMax = CHECK_MS_MAX } = options;
  const ended = new AbortController();
  const over = new AbortController();
  const timeout = clock.sleep(checkMsMax, ended.signal).then(
    () => {
      over.abort();
      return [found.fail(check.what, `no answer within ${checkMsMax} ms`)];
    },
    () => [],
  );
  const findings = check
    .find({ config, clock, metrics, signal: over.signal })
    .catch((error: unknown) => [failureOf(check, error)]);
  try {
    return await Promise.race([findings, timeout]);
  } finally {
    ended.abort();
  }
}

function failureOf({ what }: Check, error: unknown): Finding {
  if (error instanceof PipelineError) return found.fail(what, `${error.code}: ${error.message}`);
  return found.fail(what, error instanceof Error ? error.message : String(error));
}
