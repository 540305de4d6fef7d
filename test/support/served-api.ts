import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as z from 'zod';
import type { Schema } from './schema-values.ts';

/** A parameter of a call. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

/** One call as the served document has it. */
export interface ServedOperation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Headers;
}

interface Shown {
  readonly example?: unknown;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly $ref: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Shown & { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Shown>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const FORMATS = {
  uuid: z.uuid(),
  date: z.iso.date(),
  'date-time': z.iso.datetime({ offset: true }),
  uri: z.url(),
};

/** The HTTP API as its own document describes it, fetched from where it is served; ajv is the judge. */
export class ServedApi {
  readonly operations: readonly ServedOperation[];
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  static async fetch(apiUrl: string): Promise<ServedApi> {
    return new ServedApi((await (await fetch(`${apiUrl}/openapi.json`)).json()) as Document);
  }

  constructor(document: Document) {
    this.#document = document;
    for (const [name, schema] of Object.entries(FORMATS)) {
      this.#ajv.addFormat(name, (text: string) => schema.safeParse(text).success);
    }
    this.#ajv.addSchema(document, 'api');
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => ({
        operationId,
        method: method.toUpperCase(),
        path,
        parameters: parameters.map(({ $ref }) => this.resolve($ref) as unknown as Parameter),
        ...(requestBody && { body: requestBody.content['application/json']!.schema }),
      })),
    );
  }

  /** What a `$ref` of the document stands for. */
  resolve = (ref: string): Schema => {
    const steps = ref.slice('#/'.length).split('/');
    return steps.reduce((value, step) => (value as Record<string, unknown>)[step], this.#document as unknown) as Schema;
  };

  /** Whether the document allows a body. */
  takesBody({ method, path, body }: ServedOperation, value: unknown): boolean {
    return !body || this.#validator([path, method.toLowerCase(), 'requestBody'])(value) === true;
  }

  /** What an answer has that the document does not tell of; empty when all is well. */
  faultsOf({ method, path, operationId }: ServedOperation, { status, type, text }: Answer): string[] {
    const response = this.#document.paths[path]![method.toLowerCase()]!.responses[status];
    const said = `${operationId} answered ${status}`;
    if (!response) return [`${said}, which is not described`];
    if (!response.content) return text === '' ? [] : [`${said} with a body`];
    const [mediaType = ''] = type.split(';');
    if (!(mediaType in response.content)) return [`${said} as ${type}`];
    const validate = this.#validator([path, method.toLowerCase(), 'responses', String(status)], mediaType);
    return validate(JSON.parse(text))
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${said}: ${instancePath} ${message}`);
  }

  #validator(steps: readonly string[], mediaType = 'application/json'): ValidateFunction {
    const within = ['paths', ...steps, 'content', mediaType, 'schema'];
    const pointer = within
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const known = this.#compiled.get(pointer) ?? this.#ajv.compile({ $ref: `api#/${pointer}` });
    this.#compiled.set(pointer, known);
    return known;
  }
}
