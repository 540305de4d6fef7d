import type { TableFindings } from '../portal/agreed-preview.ts';
import type { Login } from '../requests/login.ts';
import type { RequestKind } from '../requests/record.ts';
import type { Subject, SubjectKind } from '../requests/subject.ts';

/** Body of `POST /v1/preview`. */
export interface PreviewBody {
  readonly kind: RequestKind;
  readonly subject: Subject;
  readonly login: Login;
}

/** Answer of `POST /v1/preview`: what the Portal holds under a name. Shown to who gave a checked login, kept nowhere (R14). */
export interface PreviewView {
  readonly kind: RequestKind;
  readonly subjectKind: SubjectKind;
  /** Rows that an anonymization would change. */
  readonly rows: number;
  readonly tables: readonly TableFindings[];
  /** How the name is written where it is stored. */
  readonly spellings: readonly string[];
  /** Other names that hold its letters: never changed. */
  readonly nearNames: readonly string[];
  /** Columns approved as naming nobody that hold it all the same: an anonymization would refuse. */
  readonly unmapped: readonly string[];
  /** Columns of the Portal's login accounts that hold it: such an account is never changed. */
  readonly accounts: readonly string[];
  /** Places that no UPDATE reaches. */
  readonly outOfReach: readonly string[];
  /** For an anonymization: stands for all this when it is started. */
  readonly planHash?: string;
  /** For an anonymization during the Portal's nightly jobs: when it can start, ISO 8601 UTC. */
  readonly notBefore?: string;
}
