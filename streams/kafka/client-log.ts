import kafkajs from 'kafkajs';
import type { logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../../core/index.ts';

/**
 * Parts of kafkajs whose errors also come to the caller as rejections, so that they are reported where they are handled.
 * kafkajs tries most of them again, and writes a line for each attempt.
 */
const THROWING_PARTS: readonly string[] = [
  'Admin',
  'BrokerPool',
  'Cluster',
  'Connection',
  'MessageProducer',
  'Producer',
  'SaslAuthenticator',
];

/** Said once a consumer or producer, of what is meant to be so. */
const EXPECTED = ['Limiting retries for the idempotent producer may invalidate EoS guarantees'];

const KNOWN_FIELDS: readonly string[] = ['message', 'timestamp', 'logger', 'stack'];

/** kafkajs's log as lines of ours, a step less severe than it sees them: what it cannot mend, it throws. */
export function clientLog(logger: Logger): logCreator {
  const child = logger.child({ area: 'kafka' });
  return () =>
    ({ namespace, level, log }) => {
      if (EXPECTED.includes(log.message)) return;
      const isThrown = THROWING_PARTS.some((part) => namespace.startsWith(part));
      const line = { client: namespace, ...fieldsOf(log) };
      if (level <= kafkajs.logLevel.ERROR && !isThrown) child.warn(line, log.message);
      else if (level <= kafkajs.logLevel.WARN) child.info(line, log.message);
      else child.debug(line, log.message);
    };
}

/** What a line says beside its text: pino has the time, and a stack tells of kafkajs's own code alone. */
function fieldsOf(log: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(log).filter(([name]) => !KNOWN_FIELDS.includes(name)));
}

/** What kafkajs is asked to say at all. Its own debug lines, one a request, are never asked for. */
export function clientLogLevel(logger: Logger): logLevel {
  if (logger.isLevelEnabled('debug')) return kafkajs.logLevel.INFO;
  if (logger.isLevelEnabled('info')) return kafkajs.logLevel.WARN;
  return logger.isLevelEnabled('warn') ? kafkajs.logLevel.ERROR : kafkajs.logLevel.NOTHING;
}
