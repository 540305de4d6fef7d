import { createContext, useContext } from 'react';
import type { Api } from './api.ts';
import type { Texts } from './texts.ts';

/** What every part of the page needs. */
export interface App {
  readonly api: Api;
  readonly texts: Texts;
  go(address: string): void;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('This part stands outside of the app');
  return app;
}
