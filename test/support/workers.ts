import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that run a function of a system of this process. @param name of the function */
export const workersOf = (name: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return Number(parent) === process.pid && command.includes(`/${name}/index.mjs`);
      } catch {
        return false; // gone meanwhile
      }
    });

/** Kills every process of a function, again and again, until `stop` is called. @returns how often */
export function killAgainAndAgain(name: string): { readonly stop: () => number } {
  let kills = 0;
  const timer = setInterval(() => {
    for (const pid of workersOf(name)) {
      process.kill(pid, 'SIGKILL');
      kills += 1;
    }
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return kills;
    },
  };
}
