import { PipelineError } from '../../core/index.ts';
import type { OutRecord } from './partition-input.ts';

/** What the protocol adds at most to a record that is sent alone, but for its headers: its own fields and its batch's. */
const RECORD_OVERHEAD_BYTES = 128;
const HEADER_OVERHEAD_BYTES = 10;

/** Size of a record on its way, bytes, from above. */
export function recordBytes({ key, value, headers = {} }: OutRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + value.length + (key === null ? 0 : Buffer.byteLength(key));
  for (const [name, header] of Object.entries(headers))
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(header);
  return bytes;
}

/**
 * Records in their order, cut into what is sent at a time: kafkajs puts all records of a send that go to one partition into
 * one batch, and the broker refuses a batch above its limit.
 *
 * @param bytesMax of one send
 * @throws PipelineError MESSAGE_TOO_LARGE where one record alone has more
 */
export function cutIntoSends(records: readonly OutRecord[], bytesMax: number): OutRecord[][] {
  const sends: OutRecord[][] = [];
  let current: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const own = recordBytes(record);
    if (own > bytesMax)
      throw new PipelineError(
        'MESSAGE_TOO_LARGE',
        `Cannot write a record to topic "${record.topic}" as it must be at most kafka.messageBytesMax, ` +
          `${bytesMax} bytes: current value is ${own} bytes`,
        { details: { topic: record.topic } },
      );
    if (bytes + own > bytesMax && current.length > 0) {
      sends.push(current);
      [current, bytes] = [[], 0];
    }
    current.push(record);
    bytes += own;
  }
  if (current.length > 0) sends.push(current);
  return sends;
}
