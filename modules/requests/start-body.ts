import type { GivenLogin } from './login.ts';
import type { Source } from './source.ts';
import type { CoUsers, Subject } from './subject.ts';

/**
 * Body of `POST /v1/requests`. `sources` for a retrieval, `irreversible: true` for an anonymization (R13). Without a
 * login, where the settings allow that, the Request waits for one.
 */
export type StartRequestBody =
  | {
      readonly kind: 'retrieve';
      readonly subject: Subject;
      readonly sources: readonly Source[];
      readonly login?: GivenLogin;
      readonly coUsers?: CoUsers;
      readonly reference?: string;
      readonly recipients?: readonly string[];
      /** When the person asked, ISO 8601; the legal term runs from that day. Default: now. */
      readonly receivedAt?: string;
    }
  | {
      readonly kind: 'anonymize';
      readonly subject: Subject;
      readonly irreversible: true;
      /** Of the preview that was shown; the anonymization stops when the Portal holds something else by then. */
      readonly planHash?: string;
      readonly login?: GivenLogin;
      readonly reference?: string;
      readonly recipients?: readonly string[];
      readonly receivedAt?: string;
    };
