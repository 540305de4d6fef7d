import { daysBetween } from '../../common/day-window.ts';
import type { GatheredFile } from './build-manifest.ts';
import { count, fill, type Texts } from './texts.ts';

/** With more days than this, each bar stands for several. */
const MAX_BARS = 130;
/** The drawing is at least this many bars wide, so that few days make no wide bars. */
const MIN_WIDTH = 30;
const HEIGHT = 40;

/** Rows per day of one file as bars in SVG, named by their caption; empty for a file without days. @param id unique on the page */
export function activityChart({ fragments }: GatheredFile, id: string, { files }: Texts): string {
  const activity = fragments.flatMap(({ rowsPerDay }) => Object.entries(rowsPerDay));
  const days = activity.map(([day]) => day).sort();
  const [from, to] = [days[0], days.at(-1)];
  if (from === undefined || to === undefined) return '';
  const perBar = Math.ceil((daysBetween(from, to) + 1) / MAX_BARS);
  const bars = new Array<number>(Math.floor(daysBetween(from, to) / perBar) + 1).fill(0);
  for (const [day, rows] of activity) bars[Math.floor(daysBetween(from, day) / perBar)]! += rows;
  const most = Math.max(...bars);
  const drawn = bars.map((rows, at) =>
    rows === 0 ? '' : `M${at} ${HEIGHT}v-${Math.max(1, (HEIGHT * rows) / most).toFixed(1)}h.8V${HEIGHT}z`,
  );
  const caption = fill(perBar === 1 ? files.chart : files.chartOfDays, { days: perBar, from, to, most: count(most) });
  return (
    `<figure><svg role="img" aria-labelledby="${id}" preserveAspectRatio="none" ` +
    `viewBox="0 0 ${Math.max(MIN_WIDTH, bars.length)} ${HEIGHT}"><path d="${drawn.join('')}"/></svg>` +
    `<figcaption id="${id}">${caption}</figcaption></figure>`
  );
}
