/** Keyed hashes by a key that never leaves its store, so that nobody can try names or passwords on them. */
export interface Macs {
  /** @param purpose hashes of different purposes never agree @returns hex */
  of(purpose: 'call' | 'subject', text: string): Promise<string>;
}
