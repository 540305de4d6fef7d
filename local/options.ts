import type { CallRecorder } from './aws/call-recorder.ts';
import type { AwsLimits } from './aws/limits/limits.ts';
import type { GivenPeople } from './simulator/world/given-people.ts';

export interface LocalOptions {
  /** The operator's file (docs/on-premises.md): what it names is real. Default: `gdpr.yaml` in `dataDir`, if there is one. */
  readonly config?: string;
  /** Simulated Engines, 3 by default. */
  readonly engines?: number;
  /** Event rows per Engine. */
  readonly rows?: number;
  readonly seed?: number;
  /** Simulated people besides the sample company's; not kept by `dataDir`. */
  readonly people?: GivenPeople;
  /** A Portal database that is there already, with the file of its mapping, instead of a simulated one. */
  readonly portal?: { readonly url: string; readonly mapping: string };
  /** Such as `engine-2=down`. */
  readonly faults?: readonly string[];
  /** Milliseconds that every Engine query takes besides its work. */
  readonly delayMs?: number;
  /** End of what the simulated Engines have recorded; their clocks stand still there. The present, and running clocks, when absent. */
  readonly now?: Date;
  /** How long one Engine query may take. */
  readonly engineTimeoutSeconds?: number;
  /** Keeps state over restarts; a private folder that goes at the end when absent. */
  readonly dataDir?: string;
  /** Taken when it is free, else another one; 0, the default, for any. */
  readonly apiPort?: number;
  /** Port of the simulated ticket system; taken when it is free, else another one. None is started when absent. */
  readonly ticketPort?: number;
  /** Schedules run by the clock, as on AWS; when absent, only what `invoke` calls runs. */
  readonly byClock?: true;
  /** Writes down every AWS call of the functions; nothing is written when absent. */
  readonly recorder?: CallRecorder;
  /** Limits of AWS that the stand-ins keep; none when absent. */
  readonly limits?: AwsLimits;
  /** Bundles of the functions, `<name>/index.mjs` each, instead of those that are built from the sources. */
  readonly bundles?: string;
  /** Further options of Node for the functions' processes. */
  readonly nodeOptions?: string;
  /** Taken alone, before what the operator's file says. */
  readonly port?: number;
}
