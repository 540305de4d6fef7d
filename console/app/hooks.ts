import { createContext, useCallback, useContext, useRef, useState } from 'react';
import { type Api, ProblemError } from './api.ts';
import type { Texts } from './texts.ts';

/** What every part of the page needs. */
export interface App {
  readonly api: Api;
  readonly texts: Texts;
  go(address: string): void;
}

/** It has a value wherever a page is shown (console.tsx). */
export const AppContext = createContext({} as App);

export const useApp = (): App => useContext(AppContext);

/** One call at a time, whose refusal is kept to be shown. */
export interface Attempts {
  readonly busy: boolean;
  readonly problem: ProblemError | undefined;
  attempt(work: () => Promise<void>): Promise<boolean>;
}

export function useAttempts(): Attempts {
  const isBusy = useRef(false);
  const [state, setState] = useState<Omit<Attempts, 'attempt'>>({ busy: false, problem: undefined });
  const attempt = useCallback(async (work: () => Promise<void>): Promise<boolean> => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setState({ busy: true, problem: undefined });
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
  return { ...state, attempt };
}
