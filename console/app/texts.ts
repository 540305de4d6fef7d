import { IntlMessageFormat } from 'intl-messageformat';
import type english from '../texts/en.json';

/** Keys of console/texts/: every language has the same. */
export type TextKey = keyof typeof english;

/** What a text has places for; a number is written as the language does. */
type TextValues = Readonly<Record<string, string | number>>;

/** A language that the console has a file for. */
export type Language = { readonly code: string; readonly name: string };

/** The languages for which there is a file when the page is built (local/build-console.ts). */
declare const LANGUAGES: readonly Language[];

export const languages = LANGUAGES;

/** All words of one language, and how it writes numbers and times. Times are in the zone of the browser, which is named. */
export class Texts {
  readonly language: string;
  /** The language as the browser's region writes it. */
  readonly #region: string;
  readonly #messages: Readonly<Record<TextKey, string>>;
  readonly #made = new Map<TextKey, IntlMessageFormat>();
  readonly #dayStyle = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  readonly #instant: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(language: string, messages: Readonly<Record<TextKey, string>>) {
    this.language = language;
    this.#region = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
    this.#messages = messages;
    const time = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
    this.#instant = new Intl.DateTimeFormat(this.#region, { ...this.#dayStyle, ...time });
    this.#day = new Intl.DateTimeFormat(this.#region, this.#dayStyle);
  }

  /** A text in ICU's message syntax, with its values. */
  say(key: TextKey, values?: TextValues): string {
    let message = this.#made.get(key);
    if (!message) {
      message = new IntlMessageFormat(this.#messages[key], this.language);
      this.#made.set(key, message);
    }
    return String(message.format(values as Record<string, string | number>));
  }

  /** The text of a code that the API uses, as `state.RUNNING`. @returns nothing when the code is newer than the texts */
  ofCode(group: string, code: string): string | undefined {
    const key = `${group}.${code}`;
    return key in this.#messages ? this.say(key as TextKey) : undefined;
  }

  /** The codes of a group that have a text, in their order. */
  codes(group: string): string[] {
    const keys = Object.keys(this.#messages).filter((key) => key.startsWith(`${group}.`));
    return keys.map((key) => key.slice(group.length + 1));
  }

  /** Why something failed or is missing, by the code of the API. */
  reason(code: string): string {
    return this.ofCode('reason', code) ?? this.say('reason.other');
  }

  count(number: number): string {
    return number.toLocaleString(this.#region);
  }

  /** An instant (ISO 8601) in the browser's zone, which is named. */
  instant(iso: string): string {
    return this.#instant.format(new Date(iso));
  }

  /** The day of an instant (ISO 8601). */
  day(iso: string): string {
    return this.#day.format(new Date(iso));
  }

  /** The last day of a deadline, which is counted in a zone of its own. */
  dueDay(dueAt: string, { zone: timeZone = 'UTC' }: { readonly zone?: string }): string {
    return new Intl.DateTimeFormat(this.#region, { ...this.#dayStyle, timeZone }).format(new Date(dueAt));
  }

  /** Bytes in kB or MB. */
  size(bytes: number): string {
    const [value, unit] = bytes < 1_000_000 ? [Math.ceil(bytes / 1000), 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
    return new Intl.NumberFormat(this.#region, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
  }

  share(share: number): string {
    return new Intl.NumberFormat(this.#region, { style: 'percent' }).format(share);
  }

  /** How far the deadline is away. @param days less than 0 when it is over */
  daysLeft(days: number): string {
    if (days === 0) return this.say('deadline.today');
    return days > 0 ? this.say('deadline.left', { days }) : this.say('deadline.overdue', { days: -days });
  }

  /** @param seconds absent while it is not known */
  timeLeft(seconds: number | undefined): string {
    return seconds === undefined ? '' : this.say('run.left', { time: this.duration(seconds) });
  }

  /** A span of time, as `2 minutes`. */
  duration(seconds: number): string {
    const [value, unit] =
      seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
    const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
    return new Intl.NumberFormat(this.#region, style).format(value);
  }
}

const STORED = 'language';

/** What the operator chose before, else what the browser asks for, else English. */
export function preferredLanguage(): string {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages.flatMap((tag) => [tag, tag.split('-')[0]])];
  return languages.find(({ code }) => wanted.includes(code))?.code ?? 'en';
}

/** Loads the file of a language, and keeps the choice. @throws when it cannot be had */
export async function loadTexts(language: string): Promise<Texts> {
  const answer = await fetch(`texts/${language}.json`);
  const texts = new Texts(language, (await answer.json()) as Record<TextKey, string>);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  return texts;
}
