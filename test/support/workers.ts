import { readdirSync, readFileSync } from 'node:fs';

/** Child processes of this one, whatever thread started them. A look at every process of the machine costs a hundred times more. */
const children = (): string[] =>
  readdirSync('/proc/self/task').flatMap((thread) => {
    const ids = readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim();
    return ids === '' ? [] : ids.split(' ');
  });

/** Ids of the processes that run a function of a system of this process. @param name of the function */
export const workersOf = (name: string): number[] =>
  children()
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/${name}/index.mjs`);
      } catch {
        return false; // gone meanwhile
      }
    })
    .map(Number);

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
