import type { DayWindow } from '../common/day-window.ts';
import type { Source, SourceState } from './source.ts';

/** How far a source, or a whole Request, is. */
export interface Estimate {
  /** 0 to 1: of all questions, each weighed by the days it covers, those that are answered. Rows do not count: nobody knows how many there are. */
  readonly share: number;
  /** Whole seconds, if the rest goes as fast as what is done; absent while nothing is. */
  readonly secondsLeft?: number;
}

/** Progress of one source. `rows` CSV rows without headers, `bytes` of CSV before compression. */
export interface SourceProgress extends Partial<Estimate> {
  readonly source: Source;
  /** The Engine's id, or `portal`. */
  readonly sourceId: string;
  /** The Engine's name, or `portal`. */
  readonly name: string;
  readonly state: SourceState;
  readonly rows: number;
  readonly bytes: number;
  /** Name of the error of `modules/common/errors.ts` that ended it, when it failed. */
  readonly reason?: string;
  /** How the name was spelled where it was found, when not as asked: in capitals or small letters throughout. */
  readonly spelling?: 'upper' | 'lower';
  /** Stretches of files that could not be had, though the source answered; they make the archive incomplete. */
  readonly gaps?: number;
  /** CSV file that is being written, while it runs. */
  readonly current?: string;
  /** Days that are being asked for, when the file has a time. */
  readonly window?: DayWindow;
}
