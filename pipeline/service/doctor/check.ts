import type { Clock, Config, Metrics } from '../../../core/index.ts';
import type { Finding } from './finding.ts';

/** What checks work with. */
export interface CheckContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Aborts when the check's time is over. */
  readonly signal: AbortSignal;
}

/** One part that is looked at; what it throws is a failure of that part. */
export interface Check {
  /** Names the part where the check itself fails. */
  readonly what: string;
  readonly find: (context: CheckContext) => Promise<readonly Finding[]>;
}
