import type { Alert, SurveyId } from '../../core/index.ts';
import type { DecodedPacket } from '../../streams/index.ts';

/**
 * 2⁶⁴ over the golden ratio, odd: its multiples stay far apart in 64 bits, farther than the ids of one
 * archive spread.
 */
const ID_STRIDE = 0x9e37_79b9_7f4a_7c15n;

/**
 * A packet as it would be of another object: its own id, the alert's and its points' are others in each loop,
 * the same ones wherever they occur in it. Loop 0 is the packet itself.
 */
export function shiftedPacket(packet: DecodedPacket, loop: number): DecodedPacket {
  if (loop === 0 || !packet.result.ok) return packet;
  return { ...packet, result: { ok: true, value: shiftedAlert(packet.result.value, loop) } };
}

function shiftedAlert(alert: Alert, loop: number): Alert {
  return {
    ...alert,
    objectId: shiftedId(alert.objectId, loop),
    alertId: alert.alertId === null ? null : shiftedId(alert.alertId, loop),
    points: alert.points.map((point) =>
      point.alertId === null ? point : { ...point, alertId: shiftedId(point.alertId, loop) },
    ),
  };
}

function shiftedId(id: SurveyId, loop: number): SurveyId {
  return typeof id === 'string' ? `${id}~${loop}` : BigInt.asIntN(64, id + BigInt(loop) * ID_STRIDE);
}
