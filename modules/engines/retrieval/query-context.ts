import type { AttemptFrame, FragmentEncoder } from '../../archive/fragment.ts';
import type { DayWindow } from '../../common/day-window.ts';
import type { Clock } from '../../common/ports.ts';
import type { SealedSubject } from '../../requests/subject.ts';
import type { QueriedTable } from '../tables/queried-table.ts';
import type { EngineClient } from './engine-client.ts';
import type { EngineFiles } from './engine-files.ts';
import type { FoundAccount } from './find-accounts.ts';
import type { FragmentBook } from './fragment-writer.ts';

/** What all queries to one Engine share. */
export interface QueryContext {
  readonly client: EngineClient;
  readonly subject: SealedSubject;
  readonly accounts: readonly FoundAccount[];
  /** Names to look for where a query is about a name, as the Engine stores them. */
  readonly names: readonly string[];
  readonly frame: AttemptFrame;
  /** What the Engine is queried for; query units hold positions in it. */
  readonly tables: readonly QueriedTable[];
  readonly span: DayWindow;
  readonly files: EngineFiles;
  readonly book: FragmentBook;
  readonly encoder: FragmentEncoder;
  readonly clock: Clock;
  readonly limits: { readonly rowLimit: number; readonly confirmRows: number };
}
