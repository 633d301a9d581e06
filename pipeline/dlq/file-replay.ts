import { PipelineError } from '../../core/index.ts';
import type { PacketDecoder } from '../../streams/index.ts';
import type { ArchiveInput, DecodedPacket } from '../../streams/index.ts';
import type { PacketSource } from '../replay/replay.ts';
import { LETTERS_FILE, replayLetters } from './letter-files.ts';
import { readLetterLines } from './letter-lines.ts';
import type { LetterLine } from './letter-lines.ts';
import { isSelected } from './letter-list.ts';
import type { LetterSelection } from './letter-list.ts';
import { packetsOfFileLetter } from './file-letter-packets.ts';
import { isAt } from './stored-letter.ts';

/** Dead letters of a replay's folder, to be taken through the pipeline again into the same folder. */
export interface DeadLetterSource extends PacketSource {
  readonly letters: number;
  /** Letters that were chosen, and that an earlier call has tried again. */
  readonly lettersDone: number;
}

/** Lines of the file of letters, from the first to the last one. */
interface LineRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The chosen letters of a replay's folder that were not tried again yet. Runs of lines are inputs as archives are, so that
 * the folder's checkpoint knows which were tried: none is twice, and an interrupted call goes on where it was. What fails
 * again is a new letter; letters that a call under way wrote are not part of it.
 *
 * @throws PipelineError INPUT_NOT_FOUND for a folder that holds no replay, or a position that no letter has
 */
export async function openDeadLetterSource(
  folder: string,
  options: { readonly selection: LetterSelection; readonly decoder: PacketDecoder },
): Promise<DeadLetterSource> {
  const { selection, decoder } = options;
  const { file, name, bytesMax, finished } = await replayLetters(folder);
  const lines = (): AsyncGenerator<LetterLine, void> => readLetterLines(file, { bytesMax, name });
  const chosen = await chooseLines(lines(), selection, new LinesDone(finished));
  return {
    letters: chosen.letters,
    lettersDone: chosen.lettersDone,
    inputs: chosen.inputs,
    packets: (inputs) => packetsOfLines(lines(), inputs, decoder),
  };
}

/** The lines that earlier calls have tried again, as the folder's finished inputs name them. */
class LinesDone {
  readonly #ranges: readonly LineRange[];

  constructor(finished: readonly ArchiveInput[]) {
    this.#ranges = finished.flatMap((input) => rangeOf(input) ?? []);
  }

  has(index: number): boolean {
    return this.#ranges.some(({ from, to }) => from <= index && index <= to);
  }
}

interface ChosenLines {
  readonly inputs: readonly ArchiveInput[];
  readonly letters: number;
  readonly lettersDone: number;
}

async function chooseLines(
  lines: AsyncIterable<LetterLine>,
  selection: LetterSelection,
  done: LinesDone,
): Promise<ChosenLines> {
  const missing = new Set(selection.positions);
  const ranges: (LineRange & { readonly byteLength: number })[] = [];
  let letters = 0;
  let lettersDone = 0;
  for await (const { index, byteLength, letter } of lines) {
    if (!isSelected(letter, selection)) continue;
    const { retry } = letter.source;
    if (retry !== undefined && 'file' in retry && !done.has(retry.index)) continue;
    for (const position of missing) if (isAt(letter, position)) missing.delete(position);
    if (done.has(index)) {
      lettersDone++;
      continue;
    }
    letters++;
    const last = ranges.at(-1);
    if (last?.to === index - 1)
      ranges[ranges.length - 1] = { from: last.from, to: index, byteLength: last.byteLength + byteLength };
    else ranges.push({ from: index, to: index, byteLength });
  }
  if (missing.size > 0) throw noLetterAt([...missing]);
  return { inputs: ranges.map(inputOf), letters, lettersDone };
}

/** The failure to find letters by their positions. */
export function noLetterAt(positions: readonly string[]): PipelineError {
  const named = positions.map((position) => `"${position}"`).join(', ');
  return new PipelineError('INPUT_NOT_FOUND', `Cannot find a dead letter at ${named}: see "nightjar dlq ls"`);
}

function inputOf({ from, to, byteLength }: LineRange & { readonly byteLength: number }): ArchiveInput {
  return { file: `${LETTERS_FILE}#${from}-${to}`, byteLength, folder: LETTERS_FILE };
}

function rangeOf({ file, folder }: ArchiveInput): LineRange | null {
  const [, from, to] = /#(\d+)-(\d+)$/.exec(file) ?? [];
  return folder === LETTERS_FILE && from !== undefined && to !== undefined
    ? { from: Number(from), to: Number(to) }
    : null;
}

async function* packetsOfLines(
  lines: AsyncIterable<LetterLine>,
  inputs: readonly ArchiveInput[],
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  const ranges = inputs.flatMap((input) => rangeOf(input) ?? []);
  const lastLine = Math.max(-1, ...ranges.map(({ to }) => to));
  for await (const { index, letter } of lines) {
    if (index > lastLine) return;
    if (ranges.some(({ from, to }) => from <= index && index <= to))
      yield* packetsOfFileLetter(letter, decoder);
  }
}
