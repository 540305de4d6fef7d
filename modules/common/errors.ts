/** Root of every failure this system names; Step Functions matches `name` in `ErrorEquals`. */
export abstract class GdprError extends Error {
  /** True when the same call may succeed later. Only these names appear in a `Retry` block. */
  readonly retryable: boolean = false;
  /** Tables, columns and the like that the operator should check; never names of people. */
  readonly places: readonly string[] = [];
  /** Seconds after which the same call may succeed, if known. */
  readonly retryAfter: number | undefined;
}

/** What an error says; beside the message, what `GdprError` has a field for, and fields of its own. */
type ErrorFields = { readonly message: string } & Partial<Pick<GdprError, 'places' | 'retryAfter' | 'retryable'>>;

type ErrorClass<Name, Given extends readonly unknown[], Fields> = new (
  ...given: [...Given, options?: ErrorOptions]
) => GdprError & { readonly name: Name } & Omit<Readonly<Fields>, keyof GdprError>;

/** The base of errors that differ in name and fields alone. @param name a literal, because a minified bundle renames classes */
export const errorOf = <Name extends string, Given extends readonly unknown[], Fields extends ErrorFields>(
  name: Name,
  fieldsOf: (...given: Given) => Fields,
) =>
  class extends GdprError {
    override readonly name: Name = name;
    constructor(...given: [...Given, options?: ErrorOptions]) {
      const fields = fieldsOf(...(given as unknown as Given));
      super(fields.message, given[fieldsOf.length] as ErrorOptions | undefined);
      Object.assign(this, fields);
    }
  } as unknown as ErrorClass<Name, Given, Fields>;

/** For `catch`: an error of this class becomes `undefined`, any other is thrown again. */
export const ignoring =
  (expected: abstract new (...given: never[]) => Error) =>
  (error: unknown): undefined => {
    if (!(error instanceof expected)) throw error;
  };

/** What one error means outside the room that throws it. */
export interface ErrorFacts {
  /** The HTTP answer; it has a page in docs/problems/. An error without one is a fault of this system, status 500. */
  readonly problem?: { readonly status: number; readonly title: string };
  /** State of a source that ended with this error; `FAILED` when absent. */
  readonly sourceState?: string;
}

/** What errors of one room mean to a caller and to a source, by name. An error without a row is a fault of this system. */
export type ErrorTable = Readonly<Record<string, ErrorFacts>>;

/** Bad input (R23). `pointer` is a JSON pointer into the body. */
export class InvalidInputError extends errorOf(
  'InvalidInputError',
  (problems: readonly { readonly pointer: string; readonly detail: string }[]) => ({
    message: problems.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; '),
    problems,
  }),
) {}

/** S3 did not answer, or still asked to slow down after the client's retries. */
export class StorageUnavailableError extends errorOf('StorageUnavailableError', () => ({
  message: 'The object store did not answer',
  retryable: true,
})) {}

/** A document under `settings/` is missing or wrong. */
export class SettingsError extends errorOf('SettingsError', (document: string, what: string) => ({
  message: `${document}: ${what}`,
})) {}

export const COMMON_ERRORS = {
  InvalidInputError: { problem: { status: 400, title: 'The request is not valid' } },
  SettingsError: { problem: { status: 500, title: 'The settings are not right' } },
} as const satisfies ErrorTable;
