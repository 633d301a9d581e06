import { PipelineError } from '../../core/index.ts';
import type { Clock, Config, Result } from '../../core/index.ts';
import type { TopicMessage } from '../../streams/index.ts';

interface Outage {
  readonly sinceMs: number;
  /** When a message last found the registry silent. */
  readonly seenMs: number;
  /** The message that found it so. */
  readonly offset: bigint;
}

/**
 * How long the schema registry has not answered, by partition, for `service.registryOutageMs` at most: a short outage shall
 * not make dead letters of a night. A partition whose next message needs the registry is given up with what was taken of it,
 * and begun anew later, so that those that wait keep neither memory nor a place from others. An outage is over when the
 * message that it stopped can be read, or when none has met it for `registryOutageMs`; other messages that can be read say
 * nothing about the registry, as their schemas may be known.
 */
export class RegistryOutages {
  readonly #limitMs: number;
  readonly #clock: Clock;
  readonly #outages = new Map<string, Outage>();

  constructor({ registryOutageMs }: Pick<Config['service'], 'registryOutageMs'>, clock: Clock) {
    this.#limitMs = registryOutageMs;
    this.#clock = clock;
  }

  /**
   * @param results what a message was read as
   * @returns why the partition has to wait before this message; `null` if it is to be taken as it was read
   */
  reasonToWait(
    { topic, partition, offset }: Pick<TopicMessage, 'topic' | 'partition' | 'offset'>,
    results: readonly Result<unknown>[],
  ): PipelineError | null {
    const key = `${topic}/${partition}`;
    const known = this.#outages.get(key);
    const reason = unreachable(results);
    if (reason === null) {
      if (known?.offset === offset) this.#outages.delete(key);
      return null;
    }
    const nowMs = this.#clock.monotonicMs();
    this.#forgetOld(nowMs, { except: key });
    const isSame = known !== undefined && (known.offset === offset || !this.#isOld(known, nowMs));
    const sinceMs = isSame ? known.sinceMs : nowMs;
    this.#outages.set(key, { sinceMs, seenMs: nowMs, offset });
    return nowMs - sinceMs >= this.#limitMs
      ? null
      : new PipelineError('REGISTRY_UNREACHABLE', reason, { details: { topic, partition } });
  }

  #isOld({ seenMs }: Outage, nowMs: number): boolean {
    return nowMs - seenMs > this.#limitMs;
  }

  /** Partitions go to other instances, and topics of a pattern come and go. */
  #forgetOld(nowMs: number, { except }: { readonly except: string }): void {
    for (const [key, outage] of this.#outages)
      if (key !== except && this.#isOld(outage, nowMs)) this.#outages.delete(key);
  }
}

function unreachable(results: readonly Result<unknown>[]): string | null {
  for (const result of results)
    if (!result.ok && result.rejection.code === 'REGISTRY_UNREACHABLE') return result.rejection.reason;
  return null;
}
