import type { PeerLook } from '../net/look-at-peer.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { Platform } from './nxql.ts';

export interface EngineQuery {
  readonly statement: string;
  readonly platform: Platform;
  /** Further platforms of a query for fields that all of them have. */
  readonly also?: readonly Platform[];
  /** Called when texts come in another charset and are converted to UTF-8. */
  readonly onRecoded?: () => void;
  /** The CSV file it is for; named in errors instead of the statement, which holds the Subject. */
  readonly file: string;
  /** Never retried: the login may be wrong. */
  readonly once?: boolean;
  /** Called with the `Date` header of the answer that carries data. */
  readonly onDate?: (date: string | undefined) => void;
}

/** What a look at an Engine showed, at the address that the settings or List Engines name. */
export type EngineLook = PeerLook & { readonly host: string; readonly port: number };

/** The Web API V2 of one Engine (R10). */
export interface EngineApi {
  /** Sends one query. The stream carries tab-separated records, a header first. @throws errors of an Engine, also while it is read */
  query(engine: Engine, login: Login, query: EngineQuery, signal?: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

/** The way to an Engine, without a login. */
export interface EngineContact {
  look(engine: Engine): Promise<EngineLook>;
}

/** The Portal's List Engines API (R10). */
export interface PortalApi {
  /** False when the system uses another account here, so that the answer says nothing about the Operator's password. */
  readonly checksLogin: boolean;
  /** @throws {LoginRefusedError | PortalApiUnavailableError} */
  listEngines(login: Login): Promise<Engine[]>;
}
