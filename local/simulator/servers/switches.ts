import { Random } from '../world/random.ts';
import type { Format, Quoting } from './formats.ts';

/** How Engines behave where the truth is unknown. */
export interface Switches {
  /** How csv cells with separators look, `rfc4180` by default. */
  readonly quoting?: Quoting;
  /** Whether a carriage return stands before each line feed of csv; by default it does not. */
  readonly crlf?: boolean;
  /** Whether csv begins with a byte order mark; by default it does not. */
  readonly bom?: boolean;
  /** Whether an answer ends with its connection alone; by default it comes in chunks, which tell of a cut. */
  readonly unframed?: boolean;
  /** Whether the column of a dynamic field is headed with its `#`; by default it is. */
  readonly dynamicHash?: boolean;
  /** Whether texts are compared with their case; by default they are. */
  readonly caseSensitive?: boolean;
  /** What `between` selects: events that overlap the interval (the default), or those that start in it. */
  readonly between?: 'overlap' | 'start';
  /** Whether a literal may stand without its type; by default it may. */
  readonly untypedLiterals?: boolean;
  /** What several `where` about one table mean; `and` by default. */
  readonly repeatedWhere?: 'and' | 'or';
  /** Most rows of an answer, whatever limit was asked for; none by default. */
  readonly cap?: number;
  /** Whether a larger limit is cut to the cap without a word (the default), or refused. */
  readonly capRefuses?: boolean;
  /** Format when none is asked for, html by default. */
  readonly defaultFormat?: Format;
}

/**
 * A combination of switches drawn by a seed, for tests that are to hold whatever the truth is. `cap` is drawn small, so
 * that answers are full.
 */
export function drawSwitches(seed: number): Switches {
  const random = new Random(seed);
  const coin = () => random.chance(0.5);
  return {
    quoting: random.pick(['rfc4180', 'raw']),
    crlf: coin(),
    bom: coin(),
    dynamicHash: coin(),
    caseSensitive: coin(),
    between: random.pick(['overlap', 'start']),
    untypedLiterals: coin(),
    repeatedWhere: random.pick(['and', 'or']),
    ...(coin() && { cap: random.pick([50, 200, 1000]), capRefuses: coin() }),
    defaultFormat: random.pick(['html', 'csv', 'xml', 'json']),
    unframed: coin(),
  };
}
