/** How the certificate of an Engine or of the Portal is trusted (R11). `until`: ISO date after which `insecure` ends. */
export type Trust =
  | { readonly mode: 'ca'; readonly pem?: string | undefined }
  | { readonly mode: 'fingerprint'; readonly sha256: string }
  | { readonly mode: 'insecure'; readonly until: string };
