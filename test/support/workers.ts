import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  /** Its arguments, with a zero byte after each. */
  readonly command: string;
}

/** Child processes of one, whatever thread started them. A look at every process of the machine costs a hundred times more. */
export function childrenOf(parent: number | 'self'): Process[] {
  try {
    const ids = readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
      readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').trim().split(' '),
    );
    return ids.filter((pid) => pid !== '').flatMap(processOf);
  } catch {
    return []; // it has ended
  }
}

function processOf(pid: string): Process[] {
  try {
    return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
  } catch {
    return []; // gone meanwhile
  }
}

/** Ids of the processes that run a function. @param name of the function, any when empty @param parent the system's process */
export const workersOf = (name: string, parent: number | 'self' = 'self'): number[] =>
  childrenOf(parent)
    .filter(({ command }) => command.includes(name === '' ? '/index.mjs' : `/${name}/index.mjs`))
    .map(({ pid }) => pid);

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
