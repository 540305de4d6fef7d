import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { Deployment } from '../infra/synthesize.ts';

/** What a browser gets. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Texts = Readonly<Record<string, string>>;

/** How an integration turns an answer of S3 into one of the API. */
interface Mapping {
  readonly StatusCode: string;
  readonly SelectionPattern?: string;
  readonly ResponseParameters: Texts;
  readonly ResponseTemplates?: Texts;
}

interface Method {
  readonly ResourceId: { readonly Ref?: string };
  readonly Integration: {
    readonly Type: string;
    readonly Uri: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
    readonly RequestParameters?: Texts;
    readonly IntegrationResponses: readonly Mapping[];
  };
  readonly MethodResponses: readonly {
    readonly StatusCode: string;
    readonly ResponseParameters: Readonly<Record<string, boolean>>;
  }[];
}

interface Place {
  readonly segments: readonly string[];
  /** Its GET. */
  readonly method: Method | undefined;
}

const TYPES: Texts = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.txt': 'text/plain',
};

/** The bucket of the page, as S3 answers a reader who may not list it. */
export function bucketOf({ service, pageFiles }: Deployment) {
  const [copied] = Object.values(service.findResources('Custom::CDKBucketDeployment'));
  const { 'cache-control': cacheControl } = copied!.Properties.SystemMetadata;
  return (key: string, ifNoneMatch?: string): PageAnswer => {
    const body = pageFiles.get(key);
    if (!body) {
      const words = '<Error><Code>AccessDenied</Code><Message>arn:aws:sts::1:assumed-role/Reader</Message></Error>';
      return { status: 403, headers: { 'Content-Type': 'application/xml' }, body: Buffer.from(words) };
    }
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const known = { ETag: etag, 'Cache-Control': cacheControl };
    if (ifNoneMatch === etag) return { status: 304, headers: known, body: Buffer.of() };
    return { status: 200, headers: { ...known, 'Content-Type': TYPES[extname(key)]! }, body };
  };
}

/** GET of a private API of the template: its resources, its integrations with S3 and what they make of an answer. */
export class PrivatePage {
  readonly #places: readonly Place[];
  readonly #ask: ReturnType<typeof bucketOf>;

  /** @param ask answers in the place of the bucket */
  constructor(deployment: Deployment, ask = bucketOf(deployment)) {
    const { service } = deployment;
    this.#ask = ask;
    const resources = service.findResources('AWS::ApiGateway::Resource');
    const apis = Object.keys(service.findResources('AWS::ApiGateway::RestApi'));
    const [api] = apis.filter((id) => !id.startsWith('PrivateMachines'));
    const segmentsOf = (id: string | undefined): string[] => {
      const { ParentId, PathPart } = resources[id ?? '']?.Properties ?? {};
      return PathPart === undefined ? [] : [...segmentsOf(ParentId.Ref), PathPart];
    };
    const methods = Object.values(service.findResources('AWS::ApiGateway::Method'))
      .map(({ Properties }) => Properties)
      .filter(({ RestApiId, HttpMethod }) => RestApiId.Ref === api && HttpMethod === 'GET');
    const methodAt = (id?: string) => methods.find(({ ResourceId }) => ResourceId.Ref === id) as Method | undefined;
    const places = Object.entries(resources)
      .filter(([, { Properties }]) => Properties.RestApiId.Ref === api)
      .map(([id]) => ({ segments: segmentsOf(id), method: methodAt(id) }));
    this.#places = [{ segments: [], method: methodAt() }, ...places];
  }

  /** @param path below the stage @returns nothing when a function, or nobody, answers there */
  get(path: string, headers: Readonly<Record<string, string | undefined>> = {}): PageAnswer | undefined {
    const asked = path.split('/').filter((segment) => segment !== '');
    const fits = ({ segments }: Place) =>
      segments.length === asked.length && segments.every((part, at) => part.startsWith('{') || part === asked[at]);
    const [place] = this.#places.filter(fits).sort((one, other) => Number(isOpen(one)) - Number(isOpen(other)));
    if (place?.method?.Integration.Type !== 'AWS') return undefined;
    const { segments, method } = place;
    const { Uri, RequestParameters = {}, IntegrationResponses } = method.Integration;
    const given: Record<string, string | undefined> = {
      'method.request.header.If-None-Match': headers['if-none-match'],
    };
    for (const [at, part] of segments.entries()) given[`method.request.path.${part.slice(1, -1)}`] = asked[at];
    const [bucket, template] = Uri['Fn::Join'][1].slice(-2) as [{ Ref: string }, string];
    if (!bucket.Ref.startsWith('ConsolePageBucket')) throw new Error('not the bucket of the page');
    const key = template.slice(1).replaceAll(/\{(\w+)\}/g, (_: string, name: string) => {
      return given[RequestParameters[`integration.request.path.${name}`] ?? ''] ?? '';
    });
    const known = given[RequestParameters['integration.request.header.If-None-Match'] ?? ''];
    const said = this.#ask(decodeURIComponent(key), known);
    const isFor = ({ SelectionPattern }: Mapping) =>
      SelectionPattern !== undefined && new RegExp(`^(?:${SelectionPattern})$`).test(String(said.status));
    const mapping =
      IntegrationResponses.find(isFor) ??
      IntegrationResponses.find(({ SelectionPattern }) => SelectionPattern === undefined)!;
    return mapped(said, mapping, method, headers.accept ?? '*/*');
  }
}

const isOpen = ({ segments }: Place) => segments.some((part) => part.startsWith('{'));

function mapped(said: PageAnswer, mapping: Mapping, { MethodResponses }: Method, accept: string): PageAnswer {
  const { ResponseParameters, ResponseTemplates = {}, StatusCode } = mapping;
  const declared = MethodResponses.find((each) => each.StatusCode === StatusCode)!.ResponseParameters;
  const headers: Record<string, string> = {};
  for (const [target, source] of Object.entries(ResponseParameters)) {
    if (!declared[target]) continue; // what a method does not declare is not sent
    const value = source.startsWith("'") ? source.slice(1, -1) : said.headers[source.split('.').at(-1)!];
    if (value !== undefined) headers[target.split('.').at(-1)!.toLowerCase()] = value;
  }
  const template = ResponseTemplates[accept.includes('application/xml') ? 'application/xml' : 'application/json'];
  return { status: Number(StatusCode), headers, body: template === undefined ? said.body : Buffer.from(template) };
}
