import type { Alert, Metrics, Rejection } from '../core/index.ts';
import type { DecodedPacket, MergeOutcome, ObjectStore } from '../streams/index.ts';
import { deadLetter } from './dead-letter.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Outcome } from './ledger.ts';
import { isScorable } from './subject.ts';
import type { Subject } from './subject.ts';

/** A batch whose packets have all been decided on; its subjects still want their scores. */
export interface AdmittedBatch {
  /** One per packet, in order. */
  readonly endings: readonly { readonly packet: DecodedPacket; readonly outcome: Outcome }[];
  readonly subjects: readonly Subject[];
  readonly deadLetters: readonly DeadLetter[];
  readonly tooLate: readonly DeadLetter[];
}

interface AdmitParts {
  readonly store: ObjectStore;
  readonly metrics: Metrics;
  readonly pointsMin: number;
}

/** Merges a batch's alerts into their light curves and decides where each packet ends. */
export async function admit(packets: readonly DecodedPacket[], parts: AdmitParts): Promise<AdmittedBatch> {
  const alerts = packets.flatMap((packet) => (packet.result.ok ? [packet.result.value] : []));
  const outcomes = (await parts.store.merge(alerts)).values();
  const endings: AdmittedBatch['endings'][number][] = [];
  const subjects: Subject[] = [];
  const deadLetters: DeadLetter[] = [];
  const tooLate: DeadLetter[] = [];
  for (const packet of packets) {
    if (!packet.result.ok) {
      deadLetters.push(letterOf(packet, packet.result.rejection, parts.metrics));
      endings.push({ packet, outcome: 'deadLettered' });
      continue;
    }
    const merged = outcomes.next().value;
    // A store that answers for fewer alerts than it was given is caught by the ledger: the packet has no ending.
    if (merged === undefined) continue;
    const outcome = outcomeOf(merged, parts.pointsMin);
    endings.push({ packet, outcome });
    if (merged.kind === 'tooLate') {
      tooLate.push(letterOf(packet, { code: 'ALERT_TOO_LATE', reason: merged.reason }, parts.metrics));
    }
    if (merged.kind === 'merged') {
      countPoints(merged, parts.metrics);
      if (outcome === 'scored') subjects.push(subjectOf(packet.result.value, merged));
    }
  }
  return { endings, subjects, deadLetters, tooLate };
}

function outcomeOf(merged: MergeOutcome, pointsMin: number): Outcome {
  if (merged.kind !== 'merged') return merged.kind;
  return isScorable(merged.view, pointsMin) ? 'scored' : 'held';
}

function subjectOf(alert: Alert, merged: MergeOutcome & { readonly kind: 'merged' }): Subject {
  const { alertId, mjdTai, raDeg, decDeg, source } = alert;
  return {
    view: merged.view,
    cause: merged.isLate ? 'late' : 'alert',
    alert: { alertId, mjdTai, raDeg, decDeg },
    source,
  };
}

function letterOf(packet: DecodedPacket, rejection: Rejection, metrics: Metrics): DeadLetter {
  metrics.count('nightjar_pipeline_dead_letters_total', { code: rejection.code });
  return deadLetter(rejection, packet.source, packet.original());
}

/** Points as they are added for the first time: a packet that comes again has been counted. */
function countPoints(merged: MergeOutcome & { readonly kind: 'merged' }, metrics: Metrics): void {
  if (merged.isRedelivered) return;
  metrics.count('nightjar_window_merged_points_total', null, merged.pointsAdded);
  metrics.count('nightjar_window_dropped_points_total', null, merged.pointsDropped);
}
