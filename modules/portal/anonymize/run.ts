import type { PortalTransaction } from '../database/transaction.ts';
import type { NameJudge } from '../names/name-judge.ts';
import type { Controls } from './bystander-check.ts';

/** The parts of a run that write. */
export interface Run {
  readonly transaction: PortalTransaction;
  readonly judge: NameJudge;
  readonly token: string;
  readonly controls: Controls;
}
