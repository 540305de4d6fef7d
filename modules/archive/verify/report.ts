/** Figures of a sound archive: `byteLength` compressed, `rawBytes` of the tar, `rows` of all CSV files. */
export interface VerifiedArchive {
  readonly byteLength: number;
  readonly rawBytes: number;
  readonly files: number;
  readonly fragments: number;
  readonly rows: number;
  /** False when the manifest lists missing data. The archive is sound nevertheless. */
  readonly complete: boolean;
  readonly requestId: string;
}
