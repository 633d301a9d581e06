import { once } from 'node:events';
import { Command } from 'commander';
import { abMagFromNjy, loadConfig, systemClock } from '../core/index.ts';
import type { Alert, ConfigInput, ErrorCode } from '../core/index.ts';
import {
  createPacketDecoder,
  listArchiveInputs,
  openSchemaRegistry,
  readArchives,
  surveyAdapters,
} from '../streams/index.ts';
import type { DecodedPacket } from '../streams/index.ts';
import { CutoutFolder } from './cutout-folder.ts';
import { noticeNothingToRead } from './nothing-to-read.ts';

interface DecodeFlags {
  readonly registry?: string;
  readonly schemas?: string;
  readonly config?: string;
  readonly cutouts?: string;
  readonly json?: boolean;
}

/** `nightjar decode PATH…`: one line per packet, in the order in which they lie in the files. */
export function createDecodeCommand(): Command {
  return new Command('decode')
    .description('Reads alert packets and prints one line for each; a bad packet is a line with its reason')
    .argument(
      '<path...>',
      'Avro files, Confluent messages, tar archives, any of them gzipped, or folders of such',
    )
    .option('--registry <url>', 'Confluent schema registry that knows the schema ids of messages')
    .option(
      '--schemas <dir>',
      'folder of writer schemas: MAJOR.MINOR/*.avsc as Rubin publishes them, or ID.avsc',
    )
    .option('--config <file>', 'YAML configuration')
    .option('--cutouts <dir>', 'write the packets’ images there')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      '\nA file of several Confluent messages has each after its length as 4 bytes big-endian.',
    )
    .action(decode);
}

async function decode(paths: readonly string[], flags: DecodeFlags): Promise<void> {
  const overrides: ConfigInput = {
    registry: { url: flags.registry },
    decode: { schemasDir: flags.schemas },
    archive: { order: 'stored' },
  };
  const config = loadConfig(flags.config ?? null, overrides, process.env);
  const inputs = await listArchiveInputs(paths);
  noticeNothingToRead(paths, inputs);
  const cutouts = flags.cutouts === undefined ? null : await CutoutFolder.open(flags.cutouts);
  const decoder = createPacketDecoder({
    decode: config.decode,
    registry: await openSchemaRegistry({
      registry: config.registry,
      schemasDir: config.decode.schemasDir,
      clock: systemClock,
    }),
    adapters: surveyAdapters(config.decode.mappings),
    withCutouts: cutouts !== null,
  });
  const counts = new PacketCounts();
  const line = flags.json === true ? jsonLine : tableLine;
  if (flags.json !== true && inputs.length > 0) await print(TABLE_HEAD);
  for await (const packet of readArchives(inputs, { decoder, archive: config.archive })) {
    counts.add(packet);
    await print(line(packet));
    if (cutouts !== null && packet.result.ok) await cutouts.write(packet.result.value);
  }
  process.stderr.write(`${counts.sentence()}\n`);
}

/** Writes a line, and waits where the reader of stdout is slower. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

class PacketCounts {
  #decoded = 0;
  readonly #rejected = new Map<ErrorCode, number>();

  add({ result }: DecodedPacket): void {
    if (result.ok) this.#decoded++;
    else this.#rejected.set(result.rejection.code, (this.#rejected.get(result.rejection.code) ?? 0) + 1);
  }

  /** How many were decoded, and how many rejected by code. */
  sentence(): string {
    const codes = [...this.#rejected].sort(([a], [b]) => (a < b ? -1 : 1));
    const total = codes.reduce((sum, [, count]) => sum + count, 0);
    const byCode = codes.map(([code, count]) => `${code} ${count}`).join(', ');
    return `Packets decoded: ${this.#decoded}, rejected: ${total}${total === 0 ? '' : ` (${byCode})`}`;
  }
}

/** The line that `--json` prints: ids as text, since they exceed what JSON numbers hold exactly. */
export function jsonLine(packet: DecodedPacket): string {
  const { result, source } = packet;
  return JSON.stringify(
    result.ok ? { ...alertFields(result.value), source } : { error: result.rejection, source },
  );
}

function alertFields(alert: Alert): Readonly<Record<string, unknown>> {
  return {
    survey: alert.survey,
    schemaVersion: alert.schemaVersion,
    objectId: String(alert.objectId),
    alertId: alert.alertId === null ? null : String(alert.alertId),
    mjdTai: alert.mjdTai,
    raDeg: alert.raDeg,
    decDeg: alert.decDeg,
    band: alert.band,
    diffFluxNjy: alert.diffFluxNjy,
    diffFluxErrNjy: alert.diffFluxErrNjy,
    magAb: abMagFromNjy(alert.diffFluxNjy),
    detections: alert.historyCounts.detection,
    upperLimits: alert.historyCounts.upperLimit,
    forced: alert.historyCounts.forced,
    cutouts: alert.cutoutNames,
  };
}

const TABLE_HEAD =
  'survey    object                  alert                mjd (TAI)     ra         dec        band  ' +
  'flux (nJy)          mag AB  points       source';

/** The line for reading. */
export function tableLine(packet: DecodedPacket): string {
  const { result, source } = packet;
  const place =
    'file' in source ? `${source.file}${source.member === undefined ? '' : ` ${source.member}`}` : '';
  // Names come from packets and archives: a control character could end the line or command the terminal.
  if (!result.ok) {
    return `rejected  ${result.rejection.code}: ${result.rejection.reason}  ${place}`.replaceAll(
      /\p{Cc}/gu,
      '?',
    );
  }
  const alert = result.value;
  const { detection, upperLimit, forced } = alert.historyCounts;
  const mag = abMagFromNjy(alert.diffFluxNjy);
  return [
    alert.survey.padEnd(9),
    String(alert.objectId).padEnd(23),
    String(alert.alertId ?? '–').padEnd(20),
    alert.mjdTai.toFixed(6).padEnd(13),
    alert.raDeg.toFixed(5).padStart(9).padEnd(10),
    alert.decDeg.toFixed(5).padStart(9).padEnd(10),
    alert.band.padEnd(5),
    `${alert.diffFluxNjy.toPrecision(5)} ± ${alert.diffFluxErrNjy.toPrecision(3)}`.padEnd(19),
    (mag === null ? '–' : mag.toFixed(2)).padStart(6),
    ` ${detection}+${upperLimit}+${forced}`.padEnd(12),
    place,
  ]
    .join(' ')
    .replaceAll(/\p{Cc}/gu, '?');
}
