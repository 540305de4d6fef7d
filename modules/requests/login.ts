/** The Nexthink account of the Operator, Data privacy "none (full access)" (R4). Travels sealed. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What work is started with: somebody's login, or the word for the system's own account, for Callers without a person. */
export type GivenLogin = Login | 'service-account';
