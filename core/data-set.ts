import type { JoinedObject } from './light-curve.ts';

/** What an object of a data set is for, where its source says so. */
export const DATA_SPLITS = ['training', 'validation', 'test'] as const;
export type DataSplit = (typeof DATA_SPLITS)[number];

/** One object of a data set, as training and evaluation take it, whatever it was read from. */
export interface DataSetObject {
  /** Unique in its data set. */
  readonly objectId: string;
  /** `null` where the source has none. */
  readonly className: string | null;
  /** `null` where the source does not divide its objects. */
  readonly split: DataSplit | null;
  /** Light curve (without points where there is none; position NaN where it is not known), spectrum and metadata. */
  readonly joined: JoinedObject;
  /** The row of the AstroM³ catalogue, by column name, for the paper profile; `null` where the source has none. */
  readonly catalogue: Readonly<Record<string, number | null>> | null;
}

/** What a data set left out, and where: one line for a reader. */
export interface DataFault {
  /** File, as the user named it, or found below the folder that the user named. */
  readonly file: string;
  /** Zero-based row of the file; `null` for the file as a whole. */
  readonly row: number | null;
  /** Whose part cannot be used, and why: a clause behind "row N of file:". */
  readonly reason: string;
}

/** Objects that are read as a stream, from the beginning each time, always in the same order. */
export interface DataSet {
  /** As the user named it. */
  readonly source: string;
  /**
   * @param onFault told of each row, file or part of an object that cannot be used; the stream goes on
   * @throws PipelineError INPUT_UNREADABLE where nothing can be read on
   */
  objects(onFault: (fault: DataFault) => void): AsyncIterable<DataSetObject>;
  close(): Promise<void>;
}
