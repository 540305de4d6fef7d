import type { Platform } from '../world/people.ts';
import type { EngineWorld } from '../world/world.ts';

/** Where and when a statement is evaluated. */
export interface Scope {
  readonly engine: EngineWorld;
  readonly platforms: readonly Platform[];
  /** The Engine's present, milliseconds since 1970 UTC. */
  readonly now: number;
  /** What `between` selects: events that overlap the interval, or those that start in it. */
  readonly between: 'overlap' | 'start';
  /** Events up to this many milliseconds before and after the interval come too. */
  readonly beyond?: number;
  /** Whether texts are compared with their case; by default they are. */
  readonly caseSensitive?: boolean;
  /** Whether a literal may stand without its type; by default it may. */
  readonly untypedLiterals?: boolean;
  /** What several `where` about one table mean; `and` by default. */
  readonly repeatedWhere?: 'and' | 'or';
  /** Whether the column of a dynamic field is headed with its `#`; by default it is. */
  readonly dynamicHash?: boolean;
}
