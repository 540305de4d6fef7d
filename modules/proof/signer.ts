/** Signs with a key that never leaves its service. */
export interface Signer {
  /** @returns ECDSA P-256 with SHA-256 over the SHA-256 of `text`, DER, base64; with the public key (SPKI, DER, base64) */
  sign(text: string): Promise<{ readonly signature: string; readonly publicKey: string }>;
}
