/** What a sound archive holds. `byteLength` compressed, `rawBytes` of the tar; `rows` of all CSV files. */
export interface VerifiedArchive {
  readonly byteLength: number;
  readonly rawBytes: number;
  readonly files: number;
  readonly fragments: number;
  readonly rows: number;
  /** False when the manifest says that something is missing: the archive is sound all the same. */
  readonly complete: boolean;
  readonly requestId: string;
}
