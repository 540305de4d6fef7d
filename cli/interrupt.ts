/** Exit code of an interrupted verb, as shells have it. */
export const EXIT_INTERRUPTED = 130;

/** `npm run` repeats a Ctrl-C of the terminal: a signal that follows this soon is the same one. Milliseconds. */
const ECHO = 1000;

/** Aborted by Ctrl-C or a polite kill, so that a verb can tidy up; a second one ends the process at once. */
export function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = (): void => {
    const now = Date.now();
    if (!controller.signal.aborted) {
      first = now;
      controller.abort();
    } else if (now - first > ECHO) {
      process.exit(EXIT_INTERRUPTED);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}
