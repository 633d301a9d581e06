import { moduleBeside } from '../repository.ts';
import { median } from '../result.ts';
import type { Measured } from '../result.ts';
import { alternate, figureOf, nodeVariant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import type { PartContext, ReportPart } from './part.ts';
import type { SurveyMessages } from './survey-messages.ts';

export interface ServiceOptions extends PartContext {
  /** Has the messages, in partitions by their keys. */
  readonly topic: string;
  readonly messages: SurveyMessages;
  readonly schemasDir: string;
  /** For stores and configurations. */
  readonly folder: string;
}

const VARIANTS = { run: 'nightjar run', withoutModel: 'the same, its model left out' } as const;
const ENDINGS = ['consumed', 'scored', 'held', 'duplicate', 'deadLettered', 'tooLate'] as const;
const FIGURES = {
  packetsPerSecond: 'packets/s',
  cpuMsPerPacket: 'ms/packet',
  firstCommitSeconds: 's',
  peakRssMib: 'MiB',
} as const;

/** Packets a second from topic to topic: consume, decode, window, score, publish, in transactions. */
export function measureService(options: ServiceOptions): ReportPart {
  const { brokers, rounds, topic, messages, schemasDir, folder, onProgress } = options;
  const module = moduleBeside(import.meta.url, 'service-variant');
  const names = Object.keys(VARIANTS) as (keyof typeof VARIANTS)[];
  const outcome = alternate(
    names.map((name) => nodeVariant(name, module, [brokers.join(), topic, schemasDir, folder, name])),
    {
      rounds,
      onRun: (what) => {
        onProgress(`service, ${what}`);
      },
    },
  );
  const megabytes = messages.bytes / messages.count / 1e6;
  const figures: Record<string, Measured> = {};
  const n: Record<string, number> = {};
  for (const name of names) {
    const values = outcome.get(name);
    for (const [figure, unit] of Object.entries(FIGURES))
      figures[`service.${name}.${figure}`] = { unit, raw: figureOf(values, figure) };
    const rates = figureOf(values, 'packetsPerSecond').map((rate) => rate * megabytes);
    figures[`service.${name}.megabytesPerSecond`] = { unit: 'MB/s', raw: rates };
    for (const ending of ENDINGS) n[`service.${name}.${ending}`] = median(figureOf(values, ending));
  }
  return { config: {}, n, figures, text: textOf(figures, n, options) };
}

function textOf(
  figures: Readonly<Record<string, Measured>>,
  n: Readonly<Record<string, number>>,
  { messages, rounds }: ServiceOptions,
): string {
  const cell = (key: string): string => figureText(median(figures[key]?.raw ?? []));
  const columns = [
    'packetsPerSecond',
    'megabytesPerSecond',
    'cpuMsPerPacket',
    'firstCommitSeconds',
    'peakRssMib',
  ];
  const rows = Object.entries(VARIANTS).map(([name, text]) => {
    const rates = figures[`service.${name}.packetsPerSecond`]?.raw ?? [];
    const [rate = '', ...others] = columns.map((column) => cell(`service.${name}.${column}`));
    return [text, rate, `${figureText(Math.min(...rates))} – ${figureText(Math.max(...rates))}`, ...others];
  });
  const mix = Object.entries(messages.mix).map(([name, count]) => `${name} ${count}`);
  const ended = ENDINGS.map((name) => `${n[`service.run.${name}`]} ${name}`);
  return [
    `Service, one instance, LMDB: ${messages.count} packets (${mix.join(', ')}) of ` +
      `${figureText(messages.bytes / 1000 / messages.count)} kB in the mean, ${rounds} rounds in fresh processes`,
    'From the tenth part to the last packet committed; first commit: since the process was started',
    textTable(
      ['', 'packets/s', 'least – most', 'MB/s', 'CPU ms/packet', 'first commit, s', 'peak RSS, MiB'],
      rows,
    ),
    `Ended: ${ended.join(', ')}`,
  ].join('\n');
}
