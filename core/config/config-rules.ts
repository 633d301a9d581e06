import { PipelineError } from '../errors.ts';
import type { Config } from './config.ts';
import { wholeNamePattern } from './topic-name.ts';

/** A value that does not fit another one. */
export interface CrossFault {
  readonly path: readonly (string | number)[];
  /** Goes on from the key: "must be …". */
  readonly message: string;
}

/** What is wrong between keys that are each right. */
export function crossFaults(config: Config): readonly CrossFault[] {
  return [
    ...sizeFaults(config),
    ...mappingFaults(config),
    ...sourceTopicFaults(config),
    ...outputTopicFaults(config),
  ];
}

function sizeFaults({ window, pipeline, outputs, registry }: Config): CrossFault[] {
  const faults: CrossFault[] = [];
  if (window.pointsMin > window.pointsMax)
    faults.push({
      path: ['window', 'pointsMin'],
      message: 'must be at most window.pointsMax, or nothing is ever scored',
    });
  if (pipeline.batchPackets * pipeline.batchesInFlightMax > window.redeliveryPacketsMax)
    faults.push({
      path: ['window', 'redeliveryPacketsMax'],
      message: 'must be at least pipeline.batchPackets × pipeline.batchesInFlightMax: so many may come again',
    });
  if (outputs.format === 'avro' && registry.url === null)
    faults.push({
      path: ['registry', 'url'],
      message: 'must be given where outputs.format is avro: schemas are registered there',
    });
  return faults;
}

function mappingFaults({ sources, decode }: Config): CrossFault[] {
  const surveys = new Set(decode.mappings.map(({ survey }) => survey));
  return sources.flatMap(({ mapping }, index) =>
    mapping === null || surveys.has(mapping)
      ? []
      : [
          {
            path: ['sources', index, 'mapping'],
            message: 'must be the survey of a mapping in decode.mappings',
          },
        ],
  );
}

/** A topic that two sources read would be consumed twice, by two kinds of work. */
function sourceTopicFaults({ sources }: Config): CrossFault[] {
  const readers = new Map<string, number>();
  const faults: CrossFault[] = [];
  sources.forEach(({ topics }, index) => {
    topics.forEach((topic, place) => {
      const path = ['sources', index, 'topics', place];
      const other = readers.get(topic) ?? patternReader(sources, topic);
      if (other !== null)
        faults.push({ path, message: `must be in one source only: "${topic}" is in sources[${other}] too` });
      readers.set(topic, index);
    });
  });
  return faults;
}

/** The first source whose pattern takes a topic in. */
function patternReader(sources: Config['sources'], topic: string): number | null {
  const index = sources.findIndex(({ pattern }) => pattern !== null && wholeNamePattern(pattern).test(topic));
  return index < 0 ? null : index;
}

/** What a topic that is written would do as a source is go round in a circle; two outputs in one could not be told apart. */
function outputTopicFaults({ sources, outputs, service }: Config): CrossFault[] {
  const written = [
    ...(['scores', 'candidates', 'deadLetters', 'tooLate'] as const).map(
      (key) => ({ path: ['outputs', key], topic: outputs[key] }) as const,
    ),
    ...(['alertsTopic', 'retriesTopic'] as const).map(
      (key) => ({ path: ['service', key], topic: service[key] }) as const,
    ),
  ];
  const names = new Map<string, string>();
  return written.flatMap(({ path, topic }) => {
    const faults: CrossFault[] = [];
    const named = sources.findIndex(({ topics }) => topics.includes(topic));
    const reader = named < 0 ? patternReader(sources, topic) : named;
    if (reader !== null)
      faults.push({ path, message: `must not be a topic that is read: sources[${reader}] has it` });
    const other = names.get(topic);
    if (other !== undefined) faults.push({ path, message: `must be another topic than ${other}` });
    names.set(topic, path.join('.'));
    return faults;
  });
}

/** What is allowed, and probably not meant; one sentence each. */
export function configNotices(config: Config): readonly string[] {
  const { kafka, sources, service, store, webhook } = config;
  const alerts = sources.filter(({ kind }) => kind === 'alerts');
  const notices: string[] = [];
  if (sources.length > 0 && kafka.brokers.length === 0)
    notices.push('kafka.brokers is empty: the service needs it');
  if (service.rekey && alerts.length > 0 && alerts.every(({ keyed }) => keyed))
    notices.push('service.rekey has no effect, as every source of alerts is keyed');
  if (service.rekey && store.kind === 'lmdb')
    notices.push('store.kind is lmdb, which serves one instance; service.rekey is of use to several only');
  if (kafka.sasl !== null && kafka.tls === null)
    notices.push('kafka.sasl is given without kafka.tls: the login is not encrypted');
  if (webhook.url !== null && webhook.secret === null && webhook.secretFile === null)
    notices.push('webhook.url is given without a secret: who receives candidates cannot tell who sent them');
  return notices;
}

/**
 * What the service and its tools need beyond a valid configuration.
 *
 * @throws PipelineError CONFIG_INVALID
 */
export function assertServiceConfig({ kafka, sources }: Config): void {
  const missing = [
    ...(kafka.brokers.length === 0 ? ['kafka.brokers (NIGHTJAR__KAFKA__BROKERS)'] : []),
    ...(sources.length === 0 ? ['sources (NIGHTJAR__SOURCES)'] : []),
  ];
  if (missing.length === 0) return;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot run the service as ${missing.join(' and ')} must be given: current value is an empty list`,
  );
}
