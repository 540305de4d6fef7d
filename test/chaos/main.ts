import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

/** `npm run chaos -- --minutes M --seed S`: the system under random faults; ends with 1 when something is broken. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    engines: { type: 'string', default: '2' },
    rows: { type: 'string', default: '100' },
    bundles: { type: 'string' },
  },
});
const [minutes, seed, engines, rows] = [values.minutes, values.seed, values.engines, values.rows].map(Number) as [
  number,
  number,
  number,
  number,
];
if (![minutes, seed, engines, rows].every((number) => Number.isFinite(number) && number >= 0)) {
  console.error('Usage: npm run chaos -- [--minutes M] [--seed S] [--engines N] [--rows R] [--bundles FOLDER]');
  process.exit(2);
}
console.log(`Chaos for ${minutes} minutes with seed ${seed} ...`);
const { bundles } = values;
const { broken, events, figures } = await runChaos({
  seed,
  engines,
  rows,
  seconds: minutes * 60,
  ...(bundles !== undefined && { bundles }),
});
console.log(JSON.stringify(figures, null, 2));
if (broken.length === 0) console.log('0 invariants broken');
else {
  console.log(`The last events:\n${events.join('\n')}\n\n${broken.length} broken:\n${broken.join('\n')}`);
  console.log(`\nAgain: npm run chaos -- --minutes ${minutes} --seed ${seed} --engines ${engines} --rows ${rows}`);
  process.exitCode = 1;
}
