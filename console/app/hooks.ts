import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { type Api, ProblemError } from './api.ts';
import type { Texts } from './texts.ts';

/** What every part of the page needs; it has a value wherever a page is shown (console.tsx). */
export const AppContext = createContext({} as { api: Api; texts: Texts; go: (address: string) => void });

export const useApp = () => useContext(AppContext);

export type Attempts = ReturnType<typeof useAttempts>;

/** One call at a time, whose refusal is kept to be shown, until `forget` when what was refused has been changed. */
export function useAttempts() {
  const isBusy = useRef(false);
  const [state, setState] = useState<{ busy: boolean; problem?: ProblemError | undefined }>({ busy: false });
  const attempt = useCallback(async (work: () => Promise<void>): Promise<boolean> => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setState({ busy: true });
    let problem: ProblemError | undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problem = error;
    } finally {
      isBusy.current = false;
      setState({ busy: false, problem });
    }
    return problem === undefined;
  }, []);
  return { ...state, attempt, forget: () => setState((before) => ({ ...before, problem: undefined })) };
}

/** Once a dialog is gone, the focus is where it was before, or where that is gone, at the heading of the page. */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement as HTMLElement);
  const giveBack = () => {
    const heading = document.querySelector<HTMLElement>('main h1');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
    opener.focus(); // does nothing when it is gone, or disabled
  };
  useEffect(() => giveBack, []);
}
