import type { Config, Metrics } from '../../core/index.ts';
import type { PacketDecoder } from '../decoder.ts';
import { heldBytes } from '../packet.ts';
import type { DecodedPacket } from '../packet.ts';
import type { ArchiveInput } from './inputs.ts';
import { MinHeap } from './min-heap.ts';
import { TimedStream, compareTimed } from './timed-stream.ts';
import type { TimedPacket } from './timed-stream.ts';

export interface EventOrderOptions {
  readonly decoder: PacketDecoder;
  readonly archive: Config['archive'];
  readonly metrics?: Metrics;
}

/**
 * Files of a folder up to this size are read as one stream where there are many: the largest packet seen has
 * 0.6 MB.
 */
const SMALL_FILE_BYTES = 1024 * 1024;

/**
 * Packets of all inputs by time: the same order every time. Inputs are merged by the time of their next
 * packet; then a heap of at most `reorderPacketsMax` packets and `reorderBytesMax` bytes orders what was not
 * in order within its input, giving the earliest when it is full. A packet that is further out of place than
 * that comes late, and is counted.
 *
 * At most `inputsOpenMax` inputs are open. Where there are more, first the small files of each folder are
 * joined to one stream in order of their paths; then each stream is opened once to learn its first time, and
 * again when the merge reaches it. Where more than the limit overlap in time, the last to begin wait for one
 * to end.
 */
export async function* inEventOrder(
  inputs: readonly ArchiveInput[],
  options: EventOrderOptions,
): AsyncGenerator<DecodedPacket, void> {
  const { archive, metrics } = options;
  const held = new MinHeap<TimedPacket>(compareTimed);
  let bytes = 0;
  let latest = Number.NEGATIVE_INFINITY;
  const release = (): DecodedPacket | null => {
    const timed = held.pop();
    if (timed === undefined) return null;
    bytes -= heldBytes(timed.packet);
    if (timed.timeMjdTai < latest) metrics?.count('nightjar_archive_disordered_packets_total', null);
    latest = Math.max(latest, timed.timeMjdTai);
    metrics?.gauge('nightjar_archive_reorder_packets', null, held.size);
    return timed.packet;
  };
  for await (const timed of merged(inputs, options)) {
    held.push(timed);
    bytes += heldBytes(timed.packet);
    while (held.size > archive.reorderPacketsMax || bytes > archive.reorderBytesMax) {
      const packet = release();
      if (packet !== null) yield packet;
    }
  }
  for (let packet = release(); packet !== null; packet = release()) yield packet;
}

/** The inputs' packets merged by the time of the next of each. */
async function* merged(
  inputs: readonly ArchiveInput[],
  options: EventOrderOptions,
): AsyncGenerator<TimedPacket, void> {
  const { archive, metrics } = options;
  const waiting = await plannedStreams(inputs, options);
  const open = new MinHeap<OpenStream>((a, b) => compareTimed(a.head, b.head));
  const streams = new Set<TimedStream>();
  try {
    for (;;) {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const front = open.peek()?.head.timeMjdTai;
        if (open.size >= archive.inputsOpenMax || (front !== undefined && next.firstMjdTai > front)) break;
        waiting.shift();
        streams.add(next.stream);
        await next.stream.open();
        pushOpen(open, next.stream);
        metrics?.gauge('nightjar_archive_open_inputs', null, open.size);
      }
      const least = open.pop();
      if (least === undefined) {
        if (waiting.length === 0) return;
        continue;
      }
      yield least.head;
      await least.stream.advance();
      if (!pushOpen(open, least.stream)) streams.delete(least.stream);
      metrics?.gauge('nightjar_archive_open_inputs', null, open.size);
    }
  } finally {
    for (const stream of streams) await stream.close();
  }
}

interface OpenStream {
  readonly stream: TimedStream;
  readonly head: TimedPacket;
}

/** Puts a stream back by its next packet; false if it has none. */
function pushOpen(open: MinHeap<OpenStream>, stream: TimedStream): boolean {
  const { head } = stream;
  if (head !== null) open.push({ stream, head });
  return head !== null;
}

interface WaitingStream {
  readonly stream: TimedStream;
  /** Time of its first packet; −∞ where all streams may be open at once, so that it does not matter. */
  readonly firstMjdTai: number;
}

async function plannedStreams(
  inputs: readonly ArchiveInput[],
  options: EventOrderOptions,
): Promise<WaitingStream[]> {
  const { archive, decoder } = options;
  const groups =
    inputs.length <= archive.inputsOpenMax ? inputs.map((input) => [input.file]) : joinedFiles(inputs);
  const streams = groups.map((files, order) => new TimedStream(files, order, decoder));
  if (streams.length <= archive.inputsOpenMax) {
    return streams.map((stream) => ({ stream, firstMjdTai: Number.NEGATIVE_INFINITY }));
  }
  const waiting: WaitingStream[] = [];
  for (const stream of streams) {
    await stream.open();
    const firstMjdTai = stream.head?.timeMjdTai;
    await stream.close();
    if (firstMjdTai !== undefined) waiting.push({ stream, firstMjdTai });
  }
  // The sort is stable: streams that begin at one time stay in their order.
  return waiting.sort((a, b) =>
    a.firstMjdTai === b.firstMjdTai ? 0 : a.firstMjdTai < b.firstMjdTai ? -1 : 1,
  );
}

/**
 * Files by stream: the small ones of a folder together, every other one by itself; in order of their first
 * file.
 */
function joinedFiles(inputs: readonly ArchiveInput[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  const joined = new Map<string, string[]>();
  for (const { file, byteLength, folder } of inputs) {
    const isSmall = byteLength <= SMALL_FILE_BYTES && !/\.(tar|tgz|tar\.\w+)$/i.test(file);
    const group = folder !== null && isSmall ? joined.get(folder) : undefined;
    if (group !== undefined) {
      group.push(file);
      continue;
    }
    const own = [file];
    groups.push(own);
    if (folder !== null && isSmall) joined.set(folder, own);
  }
  return groups;
}
