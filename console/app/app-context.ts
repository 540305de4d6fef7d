import { createContext, useContext } from 'react';
import type { Api } from './api.ts';
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
