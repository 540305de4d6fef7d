import type { Subject } from '../../requests/subject.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { Controls } from './bystander-check.ts';

/** What a run writes, and where. */
export interface Run {
  readonly transaction: PortalTransaction;
  readonly subject: Subject;
  readonly token: string;
  readonly controls: Controls;
}
