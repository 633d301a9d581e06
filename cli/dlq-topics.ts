import { PipelineError, counted, systemClock } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { retryLetters, topicLetterBox } from '../pipeline/index.ts';
import type {
  LetterBox,
  LetterSelection,
  ReadableTopics,
  RetrySummary,
  LetterDecoding,
} from '../pipeline/index.ts';
import { TopicWriter, readMessage, readTopic } from '../streams/index.ts';
import type { KafkaConnection } from '../streams/index.ts';
import { connectOnce } from './brokers.ts';
import type { PlaceFlags, ReplayLettersFlags } from './dlq-flags.ts';
import { createProgress } from './progress.ts';
import { untilStopped } from './run-signal.ts';

interface TopicBoxCall {
  readonly config: Config;
  readonly decoding: LetterDecoding;
  readonly flags: Pick<PlaceFlags, 'tooLate'>;
}

/** The letters in a topic of the service. */
export async function openTopicBox(call: TopicBoxCall): Promise<LetterBox> {
  return topicBox(await connectOnce(call.config.kafka), call);
}

/**
 * Writes the packets of chosen letters to the topic of retries, where the service takes them. Another call of the same is
 * fenced before anything is read, so that no letter is tried twice.
 */
export async function replayTopicLetters(
  call: TopicBoxCall & { readonly selection: LetterSelection; readonly flags: ReplayLettersFlags },
): Promise<void> {
  const { config, selection, flags } = call;
  const connection = await connectOnce(config.kafka);
  const writer = await TopicWriter.open(connection, `${config.kafka.groupId}-dlq`);
  const progress = createProgress({ label: 'dlq replay', unit: 'letters', total: null, clock: systemClock });
  try {
    const summary = await untilStopped((signal) =>
      retryLetters({
        topics: { ...readable(connection), publish: (records) => writer.publish(records) },
        retriesTopic: config.service.retriesTopic,
        box: topicBox(connection, call),
        selection,
        again: flags.again === true,
        messageBytesMax: config.kafka.messageBytesMax,
        signal,
        onProgress: ({ published }) => {
          progress.update(published, 'written for the service');
        },
      }),
    );
    process.stdout.write(`${flags.json === true ? JSON.stringify(summary) : summaryText(summary, config)}\n`);
    if (!summary.isComplete)
      throw new PipelineError('RUN_STOPPED', 'Stopped by a signal; the same command goes on');
  } finally {
    progress.stop();
    await writer.close();
  }
}

function topicBox(connection: KafkaConnection, { config, decoding, flags }: TopicBoxCall): LetterBox {
  const { deadLetters, tooLate } = config.outputs;
  return topicLetterBox(readable(connection), flags.tooLate === true ? tooLate : deadLetters, decoding);
}

function readable(connection: KafkaConnection): ReadableTopics {
  return {
    read: (topic) => readTopic(connection, { topic }),
    message: (topic, place) => readMessage(connection, { topic, ...place }),
  };
}

function summaryText(summary: RetrySummary, { service }: Config): string {
  const { published, triedBefore, gone, tooLarge } = summary;
  const rest = [
    ...(triedBefore === 0 ? [] : [`${triedBefore} replayed before (--again for those too)`]),
    ...(gone === 0 ? [] : [`${gone} gone, with their messages`]),
    ...(tooLarge === 0 ? [] : [`${tooLarge} larger than kafka.messageBytesMax`]),
  ];
  const written = `${counted(published, 'dead letter')} written to "${service.retriesTopic}", for the service to take`;
  return [written, ...rest].join('\n');
}
