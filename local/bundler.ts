let users = 0;

/**
 * Lends out esbuild. Its service, a process of its own that keeps what it has read, ends with the last user.
 * @throws what esbuild says of the sources
 */
export async function withBundler<T>(work: (build: typeof import('esbuild').build) => Promise<T>): Promise<T> {
  const { build, stop } = await import('esbuild');
  users += 1;
  try {
    return await work(build);
  } finally {
    users -= 1;
    if (users === 0) await stop();
  }
}
