import { Command, InvalidArgumentError } from 'commander';
import { ERROR_INFO, Metrics, PipelineError, loadConfig, positionText, systemClock } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import {
  LetterDecoding,
  fileLetterBox,
  isAt,
  isPacketOf,
  listLetters,
  noLetterAt,
} from '../pipeline/index.ts';
import type { LetterBox, LetterSelection, StoredLetter } from '../pipeline/index.ts';
import { replayFileLetters } from './dlq-files.ts';
import type { PlaceFlags, ReplayLettersFlags } from './dlq-flags.ts';
import { openTopicBox, replayTopicLetters } from './dlq-topics.ts';
import { listJson, listText, shownJson, shownText } from './dlq-text.ts';
import type { ShownLetter } from './dlq-text.ts';
import { parseCount } from './options.ts';

const ROWS_SHOWN = 50;
const BYTES_SHOWN = 256;

interface ListFlags extends PlaceFlags {
  readonly code?: string;
  readonly since?: number;
  readonly limit: number;
}

interface ShowFlags extends PlaceFlags {
  readonly bytes: number;
  readonly raw?: true;
}

/** `nightjar dlq`: packets that could not be used, in the topic of a service or in the folder of a replay. */
export function createDlqCommand(): Command {
  return new Command('dlq')
    .description('Dead letters: list them, explain one, replay them after a fix')
    .addCommand(createListCommand())
    .addCommand(createShowCommand())
    .addCommand(createReplayCommand());
}

function placed(command: Command): Command {
  return command
    .option('--config <file>', 'YAML configuration of the service: letters are in its topic')
    .option('--dir <path>', 'output folder of a replay, or a file of letters: letters are there')
    .option('--too-late', 'packets that came too late in place of dead letters, of a service')
    .option('--registry <url>', 'Confluent schema registry')
    .option('--schemas <dir>', 'folder of writer schemas')
    .option('--json', 'print JSON lines');
}

function createListCommand(): Command {
  return placed(new Command('ls'))
    .description('Dead letters: counts by code, then one row each')
    .option('--code <code>', 'only those of this error code', parseCode)
    .option('--since <time>', 'only those written since then, ISO 8601; of a service', parseTime)
    .option('--limit <n>', 'rows to show, the last ones', parseCount, ROWS_SHOWN)
    .action(async (flags: ListFlags, command: Command) => {
      requirePlace(flags, command);
      const { box } = await openBox(flags);
      const selection = selectionOf(flags, []);
      const list = await listLetters(box.letters(), { selection, limit: flags.limit });
      process.stdout.write(`${flags.json === true ? listJson(list) : listText(list)}\n`);
    });
}

function createShowCommand(): Command {
  return placed(new Command('show'))
    .description('One dead letter: why, from where, what the decoder says now, and its bytes')
    .argument('<position>', 'of the packet as `dlq ls` shows it, or of the letter')
    .option('--bytes <n>', 'bytes to show in hexadecimal, or all', parseBytes, BYTES_SHOWN)
    .option('--raw', 'write the packet itself to standard output, and nothing else')
    .action(async (position: string, flags: ShowFlags, command: Command) => {
      requirePlace(flags, command);
      const { box, decoding } = await openBox(flags);
      const letter = await letterAt(box, position);
      const packet = await box.packetOf(letter);
      if (flags.raw === true) {
        process.stdout.write(packet ?? goneFailure(letter));
        return;
      }
      const isIntact = packet !== null && isPacketOf(packet, letter);
      const now = packet === null ? [] : await decoding.now(letter, packet);
      const shown: ShownLetter = { letter, packet, isIntact, now };
      const text = flags.json === true ? shownJson(shown, flags.bytes) : shownText(shown, flags.bytes);
      process.stdout.write(`${text}\n`);
    });
}

function createReplayCommand(): Command {
  return placed(new Command('replay'))
    .description(
      'Dead letters through the pipeline again, each once: into the same folder, or by the service',
    )
    .argument('[position...]', 'of the packets; without any, all')
    .option('--code <code>', 'only those of this error code', parseCode)
    .option('--since <time>', 'only those written since then, ISO 8601; of a service', parseTime)
    .option('--again', 'those too that were replayed before; of a service')
    .option('--release <name>', 'name of a shipped release, or a folder; in a folder')
    .option('--metadata <file>', 'catalogue with positions: CSV or Parquet; in a folder')
    .action(async (positions: string[], flags: ReplayLettersFlags, command: Command) => {
      requirePlace(flags, command);
      const selection = selectionOf(flags, positions);
      const config = configOf(flags);
      if (flags.dir === undefined)
        await replayTopicLetters({ config, decoding: await openDecoding(config), selection, flags });
      else await replayFileLetters({ named: flags.dir, config, selection, flags });
    });
}

/** Options that say nothing together are wrong usage. */
function requirePlace(flags: ReplayLettersFlags, command: Command): void {
  if (flags.dir === undefined && flags.config === undefined) {
    command.error('error: one of --dir and --config says where the letters are');
  }
  const wrong =
    flags.dir === undefined ? (['release', 'metadata'] as const) : (['since', 'again', 'tooLate'] as const);
  const given = wrong.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const option = given === 'tooLate' ? 'too-late' : given;
  command.error(`error: --${option} has no meaning ${flags.dir === undefined ? 'for topics' : 'with --dir'}`);
}

function selectionOf(
  { code, since }: Pick<ListFlags, 'code' | 'since'>,
  positions: readonly string[],
): LetterSelection {
  return { code: code ?? null, sinceMs: since ?? null, positions };
}

function configOf(flags: PlaceFlags & { readonly release?: string }): Config {
  const overrides = {
    registry: { url: flags.registry },
    decode: { schemasDir: flags.schemas },
    model: { release: flags.release },
  };
  return loadConfig(flags.config ?? null, overrides, process.env);
}

interface OpenedBox {
  readonly box: LetterBox;
  readonly decoding: LetterDecoding;
}

async function openBox(flags: PlaceFlags): Promise<OpenedBox> {
  const config = configOf(flags);
  const decoding = await openDecoding(config);
  const box =
    flags.dir === undefined
      ? await openTopicBox({ config, decoding, flags })
      : await fileLetterBox(flags.dir);
  return { box, decoding };
}

function openDecoding(config: Config): Promise<LetterDecoding> {
  return LetterDecoding.open(config, { clock: systemClock, metrics: new Metrics() });
}

async function letterAt(box: LetterBox, position: string): Promise<StoredLetter> {
  let found: StoredLetter | null = null;
  // The last one of a position: what is tried again twice by the same message has two letters.
  for await (const letter of box.letters()) if (isAt(letter, position)) found = letter;
  if (found === null) throw noLetterAt([position]);
  return found;
}

function goneFailure({ source }: StoredLetter): never {
  throw new PipelineError(
    'INPUT_NOT_FOUND',
    `Cannot write the packet of "${positionText(source)}" as it is gone: its letter went without it, and it is not at its source`,
  );
}

function parseCode(text: string): string {
  if (Object.hasOwn(ERROR_INFO, text)) return text;
  throw new InvalidArgumentError('It takes an error code, as docs/errors.md lists them.');
}

function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It takes a time as ISO 8601: 2026-11-24T04:00:00Z.');
  return ms;
}

function parseBytes(text: string): number {
  return text === 'all' ? Number.MAX_SAFE_INTEGER : text === '0' ? 0 : parseCount(text);
}
