import { destination, pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * JSON lines on standard error, one per batch or state change, never per alert.
 *
 * @param level pino's names; `silent` for none
 */
export function createLogger(level: string): Logger {
  return pino({ level, base: null }, destination({ fd: 2, sync: true }));
}
