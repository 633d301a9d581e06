import { positionText } from '../../core/index.ts';
import type { ScoreRecord, TopicPosition } from '../../core/index.ts';
import { TopicTail } from '../helpers/services/topics.ts';
import type { ReadMessage } from '../helpers/services/topics.ts';
import type { Kafka } from '../helpers/services/kafka-cluster.ts';
import { sha256 } from '../helpers/topic-packets.ts';

export interface AuditTopics {
  readonly sources: readonly string[];
  readonly scores: string;
  readonly candidates: string;
  readonly deadLetters: string;
}

/** What `nightjar ledger --json` says, as far as it is looked at. */
export interface LedgerSaid {
  readonly balanced: boolean;
  readonly total: Readonly<Record<string, number>>;
}

/** What was found so far; all of `faults` must be 0. */
export interface Verdict {
  readonly produced: number;
  readonly good: number;
  readonly repeated: number;
  readonly poison: number;
  readonly scores: number;
  readonly candidates: number;
  readonly faults: {
    /** Alerts without a score. */
    readonly missing: number;
    /** Scores, by (alert, revision), that came again, and alerts that were scored more than once. */
    readonly doubled: number;
    /** Scores of nothing that was produced. */
    readonly strange: number;
    /** Candidates that are missing, double, or no candidates. */
    readonly candidates: number;
    /** Bad messages without a dead letter, or with two, and good ones with one. */
    readonly deadLetters: number;
    /** Columns of the ledger that are not what was produced, and 1 where it does not balance. */
    readonly ledger: number;
  };
}

/**
 * Compares what read-committed consumers see in the topics out with what really lies in the topics in: whatever the producer did
 * in between, a message that is there twice is expected as a duplicate.
 */
export class Audit {
  readonly #alertOf: ReadonlyMap<string, string>;
  readonly #scoreMin: number;
  readonly #sources: TopicTail;
  readonly #outputs: TopicTail;
  readonly #topics: AuditTopics;
  /** How often each alert was produced, and each bad message was dead-lettered, and so on. */
  readonly #produced = new Counter();
  readonly #poison = new Counter();
  readonly #alertsScored = new Counter();
  readonly #scores = new Counter();
  readonly #candidatesDue = new Counter();
  readonly #candidates = new Counter();
  readonly #letters = new Counter();

  /**
   * @param options.alertOf alert by the SHA-256 of each good packet
   * @param options.scoreMin threshold of candidates, on the detector `knn`
   */
  constructor(
    kafka: Kafka,
    options: {
      readonly topics: AuditTopics;
      readonly alertOf: ReadonlyMap<string, string>;
      readonly scoreMin: number;
    },
  ) {
    const { topics, alertOf, scoreMin } = options;
    this.#topics = topics;
    this.#alertOf = alertOf;
    this.#scoreMin = scoreMin;
    this.#sources = new TopicTail(kafka, topics.sources);
    this.#outputs = new TopicTail(kafka, [topics.scores, topics.candidates, topics.deadLetters]);
  }

  /** Takes in what has come since the last call. */
  async read(): Promise<void> {
    await this.#sources.read((message) => {
      const alert = message.value === null ? undefined : this.#alertOf.get(sha256(message.value));
      if (alert === undefined) this.#poison.add(positionText(message));
      else this.#produced.add(alert);
    });
    await this.#outputs.read((message) => {
      if (message.topic === this.#topics.deadLetters) this.#takeLetter(message);
      else this.#takeRecord(message);
    });
  }

  verdict(ledger: LedgerSaid): Verdict {
    const good = this.#produced.size;
    const expected = {
      consumed: this.#produced.total + this.#poison.size,
      scored: good,
      held: 0,
      duplicate: this.#produced.total - good,
      deadLettered: this.#poison.size,
      tooLate: 0,
    };
    const columns = Object.entries(expected).filter(([name, count]) => ledger.total[name] !== count);
    return {
      produced: expected.consumed,
      good,
      repeated: expected.duplicate,
      poison: expected.deadLettered,
      scores: this.#scores.total,
      candidates: this.#candidates.total,
      faults: {
        missing: this.#produced.without(this.#alertsScored),
        doubled: this.#scores.repeats + this.#alertsScored.repeats,
        strange: this.#alertsScored.without(this.#produced),
        candidates: this.#candidatesDue.differences(this.#candidates),
        deadLetters: this.#poison.differences(this.#letters),
        ledger: columns.length + (ledger.balanced ? 0 : 1),
      },
    };
  }

  #takeRecord({ topic, value }: ReadMessage): void {
    const record = JSON.parse(String(value)) as ScoreRecord;
    const alert = `${record.survey}/${record.objectId} ${record.alertId}`;
    const issue = `${alert} ${record.revision}`;
    if (topic === this.#topics.candidates) {
      this.#candidates.add(issue);
      return;
    }
    this.#scores.add(issue);
    this.#alertsScored.add(alert);
    if ((record.novelty.detectors['knn'] ?? 0) >= this.#scoreMin) this.#candidatesDue.add(issue);
  }

  #takeLetter({ value }: ReadMessage): void {
    const { source } = JSON.parse(String(value)) as {
      readonly source: Pick<TopicPosition, 'topic' | 'partition'> & { readonly offset: string | number };
    };
    this.#letters.add(positionText({ ...source, offset: BigInt(source.offset) }));
  }
}

/** How often each name came. */
class Counter {
  readonly #counts = new Map<string, number>();
  total = 0;

  add(name: string): void {
    this.#counts.set(name, this.#count(name) + 1);
    this.total++;
  }

  get size(): number {
    return this.#counts.size;
  }

  get repeats(): number {
    return this.total - this.size;
  }

  /** Names here that are not there. */
  without(other: Counter): number {
    return [...this.#counts.keys()].filter((name) => other.#count(name) === 0).length;
  }

  /** Names that did not come as often here as there. */
  differences(other: Counter): number {
    const names = new Set([...this.#counts.keys(), ...other.#counts.keys()]);
    return [...names].filter((name) => this.#count(name) !== other.#count(name)).length;
  }

  #count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}
