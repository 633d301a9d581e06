import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { hasProgram, output } from './processes.ts';

const JAVA_MIN = 17;
const KAFKA_VERSION = '4.1.0';
const CACHE = path.join(homedir(), '.cache', 'nightjar-test');
const POM = path.join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'test',
  'helpers',
  'services',
  'kafka',
  'pom.xml',
);

/** For processes that live for seconds: start quickly, compile little. */
const JVM_OPTIONS = ['-Xmx256m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The broker's and its tools' classes on this machine, or why there are none. */
export type KafkaArtefacts =
  { readonly ok: true; readonly libraries: string } | { readonly ok: false; readonly why: string };

/**
 * The jars of Kafka, copied from Maven Central once and kept in a cache folder. Several processes may ask at once: each
 * copies into a folder of its own, and one of these becomes the cache.
 */
export function kafkaArtefacts(): KafkaArtefacts {
  const major = javaMajor();
  if (major === null || major < JAVA_MIN)
    return {
      ok: false,
      why: `no Docker engine answers, and Java is ${major ?? 'not there'}: need ${JAVA_MIN} or later`,
    };
  const libraries = path.join(CACHE, `kafka-${KAFKA_VERSION}`);
  if (existsSync(libraries)) return { ok: true, libraries };
  if (!hasProgram('mvn', '--version'))
    return { ok: false, why: 'no Docker engine answers, and Maven (mvn) is not there to fetch a broker' };
  mkdirSync(CACHE, { recursive: true });
  const copy = mkdtempSync(path.join(CACHE, 'copy-'));
  try {
    output('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${copy}`]);
    renameSync(copy, libraries);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    if (!existsSync(libraries))
      return {
        ok: false,
        why: `cannot fetch a broker: ${error instanceof Error ? error.message : String(error)}`,
      };
  }
  return { ok: true, libraries };
}

/** Arguments of `java` for one of Kafka's programs. */
export function javaArguments(libraries: string, mainClass: string, args: readonly string[]): string[] {
  return [...JVM_OPTIONS, '-cp', path.join(libraries, '*'), mainClass, ...args];
}

/**
 * Runs one of Kafka's own programs, such as `org.apache.kafka.tools.ConsoleProducer`, to its end.
 *
 * @param options.input what it reads from its standard input
 * @returns its standard output
 */
export function kafkaTool(
  mainClass: string,
  args: readonly string[],
  options: { readonly input?: string | Buffer; readonly limitMs?: number } = {},
): Buffer {
  const artefacts = kafkaArtefacts();
  if (!artefacts.ok) throw new Error(`Cannot run "${mainClass}": ${artefacts.why}`);
  const java = javaArguments(artefacts.libraries, mainClass, args);
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  const { input = '', limitMs = 60_000 } = options;
  const { status, stdout, stderr } = spawnSync('java', [quiet, ...java], {
    input,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`Cannot run "${mainClass}": ${String(stderr).trim()}`);
  return stdout;
}

function javaMajor(): number | null {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  return version === undefined ? null : Number(version);
}
