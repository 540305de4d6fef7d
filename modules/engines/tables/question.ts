import type { Between, Platform } from '../nxql.ts';

/** What a statement is about: one object on one platform, a span of time, how many rows. */
export interface Question {
  readonly id: string;
  readonly platform: Platform;
  readonly between: Between;
  /** Rows at most; 0 asks for the header alone. */
  readonly limit: number;
  /** Names of the dynamic fields that this Engine has. */
  readonly dynamicFields: readonly string[];
}
