import { parseArgs } from 'node:util';
import { SimulatorOptionError } from './option-error.ts';
import { readPeopleFile } from './people-file.ts';
import { FORMATS } from './servers/formats.ts';
import type { SimulatorOptions } from './simulator-options.ts';

export const USAGE = `simulate [--engines N] [--port P] [--rows R] [--seed S] [--portal-port Q] [--insecure-http]
  [--fault ENGINE=KIND[:N] ...] [--delay MS] [--now ISO] [--ancient] [--updates]
  [--quoting rfc4180|raw] [--crlf] [--bom] [--names sensitive|insensitive] [--between overlap|start]
  [--dynamic-header hash|plain] [--untyped accept|refuse] [--wheres and|or] [--cap N] [--cap-refuses]
  [--default-format html|csv|json|xml] [--unframed] [--one-port] [--people FILE] [--dynamic ENGINE=TABLE:NAME,NAME ...] [--help]`;

const WHOLE = ['engines', 'port', 'rows', 'seed', 'portal-port', 'delay', 'cap'] as const;
const FLAGS = ['insecure-http', 'ancient', 'updates', 'crlf', 'bom', 'cap-refuses', 'unframed', 'one-port'] as const;

/** Flags that take one of a few words. */
const CHOICES = {
  quoting: ['rfc4180', 'raw'],
  names: ['sensitive', 'insensitive'],
  between: ['overlap', 'start'],
  'dynamic-header': ['hash', 'plain'],
  untyped: ['accept', 'refuse'],
  wheres: ['and', 'or'],
  'default-format': FORMATS,
} as const;

/** Reads the command line. @throws {SimulatorOptionError} it says what to change */
export function readOptions(args: string[]): SimulatorOptions {
  const values = parse(args);
  const whole = (name: (typeof WHOLE)[number]) => {
    const text = values[name];
    if (text !== undefined && !/^\d{1,10}$/.test(String(text)))
      throw new SimulatorOptionError(`${name}: give a whole number`);
    return text === undefined ? undefined : Number(text);
  };
  const choice = <Name extends keyof typeof CHOICES>(name: Name) => {
    const words: readonly (typeof CHOICES)[Name][number][] = CHOICES[name];
    const found = words.find((candidate) => candidate === values[name]);
    if (values[name] !== undefined && found === undefined)
      throw new SimulatorOptionError(`${name}: give ${words.join(' or ')}`);
    return found;
  };
  const [names, header, untyped] = [choice('names'), choice('dynamic-header'), choice('untyped')];
  const options = {
    engines: whole('engines'),
    port: whole('port'),
    rows: whole('rows'),
    seed: whole('seed'),
    portalPort: whole('portal-port'),
    delayMs: whole('delay'),
    cap: whole('cap'),
    now: readInstant(values.now),
    quoting: choice('quoting'),
    between: choice('between'),
    repeatedWhere: choice('wheres'),
    defaultFormat: choice('default-format'),
    caseSensitive: names && names === 'sensitive',
    dynamicHash: header && header === 'hash',
    untypedLiterals: untyped && untyped === 'accept',
    insecureHttp: values['insecure-http'],
    ancient: values.ancient,
    updates: values.updates,
    crlf: values.crlf,
    bom: values.bom,
    unframed: values.unframed,
    onePort: values['one-port'],
    capRefuses: values['cap-refuses'],
    faults: values.fault,
    people: values.people === undefined ? undefined : readPeopleFile(String(values.people)),
    dynamicFields: readDynamic(values.dynamic as string[] | undefined),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function readDynamic(texts: readonly string[] | undefined): SimulatorOptions['dynamicFields'] {
  if (texts === undefined) return undefined;
  const fields: Record<string, Partial<Record<'user' | 'device', readonly string[]>>> = {};
  for (const text of texts) {
    const [, engine, table, names] = /^([^=]+)=(user|device):(.*)$/.exec(text) ?? [];
    if (engine === undefined)
      throw new SimulatorOptionError(`dynamic "${text}": write ENGINE=TABLE:NAME,NAME, where TABLE is user or device`);
    fields[engine] = { ...fields[engine], [table!]: names!.split(',').filter((name) => name !== '') };
  }
  return fields;
}

function readInstant(text: unknown): Date | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(String(text));
  if (Number.isNaN(instant.getTime())) throw new SimulatorOptionError('now: give a time such as 2026-10-25T10:00:00Z');
  return instant;
}

function parse(args: string[]) {
  const texts = [...WHOLE, ...(Object.keys(CHOICES) as (keyof typeof CHOICES)[]), 'now', 'people'];
  const options = {
    ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }] as const)),
    ...Object.fromEntries(FLAGS.map((name) => [name, { type: 'boolean' }] as const)),
    fault: { type: 'string', multiple: true },
    dynamic: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ args, options }).values as Readonly<Record<string, string | boolean | string[] | undefined>>;
  } catch (error) {
    throw new SimulatorOptionError((error as Error).message);
  }
}
