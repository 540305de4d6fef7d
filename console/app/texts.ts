import type { I18nProviderProps } from '@cloudscape-design/components/i18n';
import { IntlMessageFormat } from 'intl-messageformat';
import type english from '../texts/en.json';

/** Keys of console/texts/: every language has the same. */
export type TextKey = keyof typeof english;

/** The languages for which there is a file when the page is built (local/build-console.ts). */
declare const LANGUAGES: readonly { readonly code: string; readonly name: string }[];

export const languages = LANGUAGES;

const DAY = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const INSTANT = { ...DAY, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;

/** All words of one language, and how it writes numbers and times. Times are in the zone of the browser, which is named. */
export class Texts {
  readonly language: string;
  readonly components: readonly I18nProviderProps.Messages[];
  /** The language as the browser's region writes it. */
  readonly #region: string;
  readonly #messages: Readonly<Record<TextKey, string>>;
  readonly #made = new Map<TextKey, IntlMessageFormat>();

  constructor(language: string, messages: Readonly<Record<TextKey, string>>, components: Texts['components']) {
    this.language = language;
    this.components = components;
    this.#region = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
    this.#messages = messages;
  }

  /** A text in ICU's message syntax, with what it has places for; a number is written as the language does. */
  say(key: TextKey, values?: Record<string, string | number>): string {
    const message = this.#made.get(key) ?? new IntlMessageFormat(this.#messages[key], this.language);
    this.#made.set(key, message);
    return String(message.format(values));
  }

  /** The text of a code that the API uses, as `state.RUNNING`. @returns nothing when the code is newer than the texts */
  ofCode(group: string, code: string): string | undefined {
    const key = `${group}.${code}`;
    return key in this.#messages ? this.say(key as TextKey) : undefined;
  }

  codes(group: string): string[] {
    const keys = Object.keys(this.#messages).filter((key) => key.startsWith(`${group}.`));
    return keys.map((key) => key.slice(group.length + 1));
  }

  /** Why something failed or is missing, by the code of the API. */
  reason(code: string): string {
    return this.ofCode('reason', code) ?? this.say('reason.other');
  }

  number(number: number, style?: Intl.NumberFormatOptions): string {
    return number.toLocaleString(this.#region, style);
  }

  /** An instant (ISO 8601) in the browser's zone, which is named. */
  instant(iso: string): string {
    return new Date(iso).toLocaleString(this.#region, INSTANT);
  }

  /** The day of an instant (ISO 8601). @param timeZone the browser's unless given; a deadline is counted in a zone of its own */
  day(iso: string, timeZone?: string): string {
    return new Date(iso).toLocaleDateString(this.#region, { ...DAY, timeZone });
  }

  /** Bytes in kB or MB. */
  size(bytes: number): string {
    const [value, unit] = bytes < 1_000_000 ? [Math.ceil(bytes / 1000), 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
    return this.number(value, { style: 'unit', unit, maximumFractionDigits: 1 });
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
    return this.number(value, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 });
  }
}

const STORED = 'language';

/** What the operator chose before, else what the browser asks for, else English. */
export function preferredLanguage(): string {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages.flatMap((tag) => [tag, tag.split('-')[0]])];
  return languages.find(({ code }) => wanted.includes(code))?.code ?? 'en';
}

/** Loads the words of a language, and keeps the choice. @throws when it cannot be had */
export async function loadTexts(language: string): Promise<Texts> {
  const { importMessages } = await import('@cloudscape-design/components/i18n');
  const [answer, components] = await Promise.all([fetch(`texts/${language}.json`), importMessages(language)]);
  const texts = new Texts(language, await answer.json(), components);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  return texts;
}
