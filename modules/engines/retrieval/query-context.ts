import type { AttemptFrame, FragmentEncoder } from '../../archive/fragment.ts';
import type { DayWindow } from '../../common/day-window.ts';
import type { Clock } from '../../common/ports.ts';
import type { Subject } from '../../requests/subject.ts';
import type { EngineClient } from './engine-client.ts';
import type { EngineFiles } from './engine-files.ts';
import type { FragmentBook } from './fragment-writer.ts';

/** What all queries to one Engine share. */
export interface QueryContext {
  readonly client: EngineClient;
  /** As the Engine spells it. */
  readonly subject: Subject;
  readonly frame: AttemptFrame;
  readonly span: DayWindow;
  readonly files: EngineFiles;
  readonly book: FragmentBook;
  readonly encoder: FragmentEncoder;
  readonly clock: Clock;
  readonly limits: { readonly rowLimit: number; readonly confirmRows: number };
}
