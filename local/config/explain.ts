import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { Config } from './config.ts';

/** A file of the operator is wrong: each line names a field, what it takes, and an example. No values: they may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Path = readonly PropertyKey[];

/** A part of a JSON schema, as far as it is read here. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly pattern?: string;
}

/** JSON schema of the file, for editors and for messages. */
export const configSchema = (): object =>
  z.toJSONSchema(Config, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' });

/** The file that `--config-example` prints: each value in it is the example of its field. */
export const exampleText = (): string => readFileSync(new URL('example.yaml', import.meta.url), 'utf8');

/** What is wrong with a document, a line for each field. */
export function explain({ issues }: z.ZodError): string[] {
  const schema = configSchema() as Shape;
  const example: unknown = parse(exampleText());
  return issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsOf(shapeAt(schema, issue.path));
      return `${fieldOf([...issue.path, issue.keys[0]!])}: there is no such field; the fields here are ${known.join(', ')}`;
    }
    const shape = shapeAt(schema, issue.path);
    const given = issue.path.length > 0 ? valueAt(example, issue.path) : undefined;
    const [form, such] = [shape && formOf(shape), given === undefined ? '' : `, such as ${textOf(given)}`];
    const words = issue.message.endsWith('received undefined') ? 'is missing' : issue.message;
    const what = /^(Invalid|Too) /.test(words) && form ? [] : [words];
    return `${fieldOf(issue.path)}: ${[...what, ...(form ? [`write ${form}${such}`] : [])].join('; ')}`;
  });
}

const fieldOf = (path: Path): string => path.map(String).join('.') || 'the file';

const choicesOf = ({ anyOf, oneOf }: Shape): readonly Shape[] => anyOf ?? oneOf ?? [];

const fieldsOf = (shape: Shape | undefined): string[] => {
  const all = shape ? [shape, ...choicesOf(shape)] : [];
  return [...new Set(all.flatMap(({ properties = {} }) => Object.keys(properties)))];
};

function shapeAt(shape: Shape | undefined, [key, ...rest]: Path): Shape | undefined {
  if (shape === undefined || key === undefined) return shape;
  const inside = [shape, ...choicesOf(shape)].flatMap(({ properties, additionalProperties, items }) => {
    const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    return properties?.[String(key)] ?? (typeof key === 'number' ? items : others) ?? [];
  });
  return shapeAt(inside.length > 1 ? { anyOf: inside } : inside[0], rest);
}

/** Takes the example's first entry in the place of a name or a number that it lacks. */
function valueAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || value === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = value as Readonly<Record<PropertyKey, unknown>>;
  const isOpen = Array.isArray(value) || rest.length > 0;
  return valueAt(entries[key] ?? (isOpen ? Object.values(entries)[0] : undefined), rest);
}

const FORMATS: Readonly<Record<string, string>> = { date: 'a date (YYYY-MM-DD)', uri: 'an address' };

/** What a field takes, in words. */
function formOf(shape: Shape): string {
  const choices = choicesOf(shape);
  if (choices.length > 0) return [...new Set(choices.map(formOf))].join(' or ');
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum) return shape.enum.map(String).join(' or ');
  const { type, minimum, maximum } = shape;
  if (type === 'integer' || type === 'number') {
    const kind = type === 'integer' ? 'a whole number' : 'a number';
    const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
    return `${kind}${minimum === undefined ? '' : ` from ${minimum}`}${isBounded ? ` to ${maximum}` : ''}`;
  }
  if (type === 'boolean') return 'true or false';
  if (type === 'array') return `a list of ${shape.items ? formOf(shape.items) : 'values'}`;
  if (type === 'object') {
    const fields = fieldsOf(shape);
    return fields.length > 0 ? `the fields ${fields.join(', ')}` : 'fields by name';
  }
  if (shape.format === undefined && shape.pattern !== undefined) return `a text of the form ${shape.pattern}`;
  return FORMATS[shape.format ?? ''] ?? 'a text';
}

const textOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
};
