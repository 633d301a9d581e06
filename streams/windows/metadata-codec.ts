import type { MetadataRecord } from '../../core/index.ts';
import { readBelonging, writeBelonging } from './kept-codec.ts';
import type { ValueCodec } from './kept-codec.ts';
import { readMetadata, writeMetadata } from './record-codec.ts';

export const METADATA_CODEC: ValueCodec<MetadataRecord> = {
  what: 'metadata record',
  write(writer, record) {
    writer.text(record.recordId);
    writeBelonging(writer, record);
    writeMetadata(writer, record.metadata, {});
  },
  read(reader) {
    return { recordId: reader.text(), ...readBelonging(reader), metadata: readMetadata(reader, {}) };
  },
};
