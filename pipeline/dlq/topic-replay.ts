import { positionText } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { recordBytes, retryHeaders } from '../../streams/index.ts';
import type { OutRecord, TopicMessage } from '../../streams/index.ts';
import { CODE_HEADER } from '../outputs/topic-outputs.ts';
import { noLetterAt } from './file-replay.ts';
import { isSelected } from './letter-list.ts';
import type { LetterSelection } from './letter-list.ts';
import type { LetterBox } from './letter-box.ts';
import { isAt } from './stored-letter.ts';
import type { StoredLetter } from './stored-letter.ts';

/** Header of a retried packet: where its dead letter lies. */
export const LETTER_HEADER = 'nightjar-letter';

const BATCH_RECORDS_MAX = 500;
const BATCH_BYTES_MAX = 16 * 1024 * 1024;

/** What replaying letters needs of Kafka. */
export interface LetterTopics {
  /** Committed messages of a topic, from its beginning to what is its end at the time of the call. */
  read(topic: string): AsyncIterable<TopicMessage>;
  /** Writes records in one transaction. */
  publish(records: readonly OutRecord[]): Promise<void>;
}

export interface RetryLettersOptions {
  readonly topics: LetterTopics;
  readonly retriesTopic: string;
  readonly box: LetterBox;
  readonly selection: LetterSelection;
  /** Tries those again that were tried before. */
  readonly again: boolean;
  readonly messageBytesMax: Config['kafka']['messageBytesMax'];
  readonly signal: AbortSignal;
  readonly onProgress: (summary: RetrySummary) => void;
}

/** Letters by what became of them. */
export interface RetrySummary {
  readonly published: number;
  readonly triedBefore: number;
  /** The packet is neither in the letter nor at its source any more, or another one lies there. */
  readonly gone: number;
  /** The packet is larger than `kafka.messageBytesMax`. */
  readonly tooLarge: number;
  /** False if the signal ended the call before the last letter. */
  readonly isComplete: boolean;
}

/**
 * Writes the packets of chosen letters to the topic of retries, with their provenance, batch by batch. A letter that a
 * packet in that topic names was tried before, so that a call that was interrupted and is made again goes on.
 *
 * @throws PipelineError INPUT_NOT_FOUND for a position that no letter has
 */
export async function retryLetters(options: RetryLettersOptions): Promise<RetrySummary> {
  const { topics, box, selection, signal } = options;
  const tried = options.again ? new Set<string>() : await lettersTried(topics.read(options.retriesTopic));
  const missing = new Set(selection.positions);
  const counts = { published: 0, triedBefore: 0, gone: 0, tooLarge: 0 };
  const batch = new RetryBatch(async (records) => {
    await topics.publish(records);
    counts.published += records.length;
    options.onProgress({ ...counts, isComplete: false });
  });
  let isComplete = true;
  for await (const letter of box.letters()) {
    if (signal.aborted) {
      isComplete = false;
      break;
    }
    if (!isSelected(letter, selection)) continue;
    for (const position of missing) if (isAt(letter, position)) missing.delete(position);
    if (tried.has(positionText(letter.place))) {
      counts.triedBefore++;
      continue;
    }
    const record = await retryRecord(letter, options);
    if (record === 'gone' || record === 'tooLarge') counts[record]++;
    else await batch.add(record);
  }
  await batch.flush();
  if (isComplete && missing.size > 0) throw noLetterAt([...missing]);
  return { ...counts, isComplete };
}

async function lettersTried(retries: AsyncIterable<TopicMessage>): Promise<ReadonlySet<string>> {
  const tried = new Set<string>();
  for await (const { headers } of retries) {
    const letter = headers.get(LETTER_HEADER);
    if (letter !== undefined) tried.add(letter.toString('utf8'));
  }
  return tried;
}

async function retryRecord(
  letter: StoredLetter,
  options: RetryLettersOptions,
): Promise<OutRecord | 'gone' | 'tooLarge'> {
  const { retriesTopic, messageBytesMax, box } = options;
  if (letter.byteLength > messageBytesMax) return 'tooLarge';
  const value = await box.packetOf(letter);
  if (value === null) return 'gone';
  const record = {
    topic: retriesTopic,
    key: positionText(letter.source),
    value,
    headers: {
      ...retryHeaders(letter.source),
      [CODE_HEADER]: letter.code,
      [LETTER_HEADER]: positionText(letter.place),
    },
  };
  return recordBytes(record) > messageBytesMax ? 'tooLarge' : record;
}

/** Records that are written together, up to a count and a size. */
class RetryBatch {
  readonly #write: (records: readonly OutRecord[]) => Promise<void>;
  #records: OutRecord[] = [];
  #bytes = 0;

  constructor(write: (records: readonly OutRecord[]) => Promise<void>) {
    this.#write = write;
  }

  async add(record: OutRecord): Promise<void> {
    this.#records.push(record);
    this.#bytes += recordBytes(record);
    if (this.#records.length >= BATCH_RECORDS_MAX || this.#bytes >= BATCH_BYTES_MAX) await this.flush();
  }

  async flush(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    if (records.length > 0) await this.#write(records);
  }
}
