/** `config.json` beside the page: who logs the operators in, and whose console it is. */
export interface ConsoleConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Sent with the log-in where the issuer wants to know for which API the token is. */
  readonly resource?: string;
  readonly company?: string;
  /** A line for every page, such as what is simulated here; English. */
  readonly notice?: string;
}

/** @throws when the page has no such file */
export const loadConfig = async (): Promise<ConsoleConfig> =>
  (await (await fetch('config.json', { cache: 'no-store' })).json()) as ConsoleConfig;
