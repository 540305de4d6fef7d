/** Keyed hashes. The key never leaves its store, so nobody can test names or passwords against a hash. */
export interface Macs {
  /** @param purpose hashes for different purposes are never equal @returns hex */
  of(purpose: 'call' | 'subject', text: string): Promise<string>;
}
