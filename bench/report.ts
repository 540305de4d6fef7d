import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { median, spread } from './harness.ts';

export type Line = Readonly<Record<string, string | number>>;

/** A figure with its limit, and whether the figure keeps it. */
export interface Bar {
  readonly figure: string;
  /** The median, and the range when there were several runs. */
  readonly reached: string;
  readonly bar: string;
  readonly verdict: 'held' | 'missed';
}

/** What a benchmark measured: a table, its bars, notes below them, and the figures behind them. */
export interface Report {
  readonly title: string;
  readonly table: readonly Line[];
  readonly bars: readonly Bar[];
  /** True when the bars are for the sizes of a full run: a smaller one may miss them. */
  readonly needsFullSize: boolean;
  readonly notes: readonly string[];
  readonly data: unknown;
}

/** @param values one or several runs; their median counts */
export const atMost = (figure: string, values: number | readonly number[], limit: number, digits = 2): Bar =>
  barOf(figure, values, `<= ${limit}`, (value) => value <= limit, digits);

/** @param values one or several runs; their median counts */
export const atLeast = (figure: string, values: number | readonly number[], limit: number, digits = 2): Bar =>
  barOf(figure, values, `>= ${limit}`, (value) => value >= limit, digits);

function barOf(
  figure: string,
  values: number | readonly number[],
  bar: string,
  keeps: (value: number) => boolean,
  digits: number,
): Bar {
  const runs = typeof values === 'number' ? [values] : values;
  const reached = runs.length === 1 ? runs[0]!.toFixed(digits) : spread(runs, digits);
  return { figure, reached, bar, verdict: keeps(median(runs)) ? 'held' : 'missed' };
}

/** Where a benchmark's tables go. */
export interface ResultsOptions {
  /** Smaller sizes and fewer runs: every table says so, and the file is called `<name>.quick.json`. */
  readonly isQuick: boolean;
  /** `bench/results/` of the project by default. */
  readonly folder?: string;
  readonly print?: (text: string) => void;
  readonly printTable?: (lines: readonly Line[]) => void;
}

const RESULTS = resolve(import.meta.dirname, 'results');

/** Prints each table and writes it to a file as soon as it is there, so that a later failure loses nothing. */
export class Results {
  readonly isQuick: boolean;
  readonly #folder: string;
  readonly #print: (text: string) => void;
  readonly #printTable: (lines: readonly Line[]) => void;

  constructor({ isQuick, folder = RESULTS, print = console.log, printTable = console.table }: ResultsOptions) {
    this.isQuick = isQuick;
    this.#folder = folder;
    this.#print = print;
    this.#printTable = printTable;
  }

  /** Writes the lines measured so far, and prints the last of them. */
  progress(name: string, report: Report): void {
    this.#write(name, report, false);
    const cells = Object.entries(report.table.at(-1) ?? {}).filter(([, value]) => value !== '');
    const line = cells.map(([column, value]) => `${column}: ${value}`);
    this.#print(`${name}, line ${report.table.length}: ${line.join(', ')}`);
  }

  /** Prints a finished table with its bars, and writes it. */
  publish(name: string, report: Report): void {
    this.#write(name, report, true);
    const { title, table, bars, needsFullSize, notes } = report;
    const { cores, processor, memoryGb, node, load } = machine();
    this.#print(`\n${title}${this.isQuick ? ' (quick)' : ''}`);
    this.#print(`${cores} x ${processor}, ${memoryGb} GB, Node ${node}`);
    this.#print(`load ${load.join(' ')} (1, 5 and 15 minutes)`);
    const warning = needsFullSize ? ' and smaller sizes than the bars are for' : '';
    if (this.isQuick) this.#print(`Quick run: fewer runs${warning}.`);
    this.#printTable(table);
    const missed = this.isQuick && needsFullSize ? 'missed at this size' : 'missed';
    if (bars.length > 0) {
      this.#printTable(bars.map((bar) => ({ ...bar, verdict: bar.verdict === 'missed' ? missed : bar.verdict })));
    }
    for (const note of notes) this.#print(note);
  }

  #write(name: string, { title, table, bars, notes, data }: Report, isComplete: boolean): void {
    const file = join(this.#folder, `${name}${this.isQuick ? '.quick' : ''}.json`);
    const measuredAt = new Date().toISOString();
    const result = {
      title,
      isQuick: this.isQuick,
      isComplete,
      measuredAt,
      machine: machine(),
      table,
      bars,
      notes,
      data,
    };
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(result, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
}

function machine() {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}
