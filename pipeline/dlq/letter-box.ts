import type { TopicMessage } from '../../streams/index.ts';
import { isPacketOf } from './letter-decoding.ts';
import type { LetterDecoding } from './letter-decoding.ts';
import { letterFile } from './letter-files.ts';
import { readLetterLines } from './letter-lines.ts';
import { createLetterMessageReader } from './letter-messages.ts';
import type { StoredLetter } from './stored-letter.ts';
import type { LetterTopics } from './topic-replay.ts';

/** Dead letters where they lie: in a file, or in a topic. */
export interface LetterBox {
  letters(): AsyncIterable<StoredLetter>;
  /** A letter's packet, from the letter or from where it was read; `null` if it is gone. */
  packetOf(letter: StoredLetter): Promise<Buffer | null>;
}

/** @param named the folder of a replay, or a file of letters */
export async function fileLetterBox(named: string): Promise<LetterBox> {
  const { file, name, bytesMax } = await letterFile(named);
  return {
    async *letters() {
      for await (const { letter } of readLetterLines(file, { bytesMax, name })) yield letter;
    },
    packetOf: ({ bytes }) => Promise.resolve(bytes),
  };
}

/** What a box of letters needs of Kafka. */
export interface ReadableTopics extends Pick<LetterTopics, 'read'> {
  /** One message; `null` if it is gone. */
  message(topic: string, place: { partition: number; offset: bigint }): Promise<TopicMessage | null>;
}

export function topicLetterBox(
  topics: ReadableTopics,
  deadLetters: string,
  decoding: LetterDecoding,
): LetterBox {
  const readLetter = createLetterMessageReader(decoding.registry);
  return {
    async *letters() {
      for await (const message of topics.read(deadLetters)) {
        const letter = await readLetter(message);
        if (letter !== null) yield letter;
      }
    },
    async packetOf(letter) {
      const { bytes, source } = letter;
      if (bytes !== null) return isPacketOf(bytes, letter) ? bytes : null;
      if (!('topic' in source)) return null;
      const message = await topics.message(source.topic, source);
      return message === null ? null : decoding.packetIn(message, letter);
    },
  };
}
