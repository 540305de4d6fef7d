const QUARTER = 15 * 60_000;
const MINUTE = 60_000;

/** A time zone that tells local times fast: its offset is looked up once per quarter of an hour. */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** @param name IANA name, such as `Europe/Zurich` */
  constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** Local time without zone, `YYYY-MM-DDTHH:MM:SS`. @param instant milliseconds since 1970 UTC */
  text(instant: number): string {
    return new Date(instant + this.#offset(instant)).toISOString().slice(0, 19);
  }

  /** The instant of a local time given as if it were UTC; of two in autumn, one; of none in spring, the hour after. */
  instant(local: number): number {
    const guess = local - this.#offset(local);
    return local - this.#offset(guess);
  }

  /** Start of the local day, some days away from the one that holds the instant. */
  midnight(instant: number, days = 0): number {
    const local = new Date(instant + this.#offset(instant));
    return this.instant(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + days));
  }

  #offset(instant: number): number {
    const quarter = Math.floor(instant / QUARTER);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const name = this.#format.formatToParts(quarter * QUARTER).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? ['', '+', '0', '0'];
    const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -MINUTE : MINUTE);
    this.#offsets.set(quarter, offset);
    return offset;
  }
}
